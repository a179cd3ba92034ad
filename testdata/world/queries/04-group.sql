SELECT c.alpha2, c.name, COUNT(*) AS subdivisions
FROM country c JOIN subdivision s ON s.country = c.alpha2
GROUP BY c.alpha2, c.name HAVING COUNT(*) >= 90
ORDER BY subdivisions DESC, c.alpha2
