-- As ann, afterwards.
CREATE TABLE ann.diary (id INT PRIMARY KEY, text VARCHAR(40));
INSERT INTO ann.diary VALUES (1, 'mine');
GRANT READ ON SCHEMA ann TO bob;
GRANT READ ON TABLE shop.sale TO ldapGroup:clerks;
CREATE VIEW ann.mine AS SELECT n, amount FROM shop.sale WHERE who = 'ann';
GRANT READ ON VIEW ann.mine TO bob;
