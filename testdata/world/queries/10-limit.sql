SELECT alpha3, name FROM language WHERE scope = 'M' ORDER BY alpha3 LIMIT 5 OFFSET 10
