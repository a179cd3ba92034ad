SELECT p.code, p.type AS parent_type, COUNT(*) AS parts
FROM subdivision s JOIN subdivision p ON s.parent = p.code
WHERE p.country = 'FR' GROUP BY p.code, p.type ORDER BY p.code
