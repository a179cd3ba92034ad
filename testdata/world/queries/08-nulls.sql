SELECT scope, type, COUNT(*) AS languages, COUNT(alpha2) AS with_two_letters, COUNT(bibliographic) AS with_other_code
FROM language GROUP BY scope, type ORDER BY scope, type
