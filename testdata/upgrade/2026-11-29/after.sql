GRANT SELECT ON shop.made TO bob;
GRANT EXECUTE ON PROCEDURE shop.counts TO bob;
UPDATE shop.t SET v = 11 WHERE id = 1;
