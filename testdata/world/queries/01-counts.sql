SELECT (SELECT COUNT(*) FROM country) AS countries,
       (SELECT COUNT(*) FROM subdivision) AS subdivisions,
       (SELECT COUNT(*) FROM currency) AS currencies,
       (SELECT COUNT(*) FROM language) AS languages,
       (SELECT COUNT(*) FROM script) AS scripts,
       (SELECT COUNT(*) FROM timezone) AS timezones
