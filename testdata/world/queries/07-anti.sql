SELECT c.alpha2, c.name FROM country c LEFT JOIN timezone t ON t.country = c.alpha2
WHERE t.name IS NULL ORDER BY c.alpha2
