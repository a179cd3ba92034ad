SELECT t.name, c.name AS country, t.latitude, t.longitude
FROM timezone t JOIN country c ON c.alpha2 = t.country
WHERE t.latitude < -50 ORDER BY t.name
