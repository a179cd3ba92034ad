-- What the database of data.tar.gz was made from, by root. The tables are of the release whose keys of texts did not say
-- where a text ends.
CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
CREATE TABLE shop.keyed (s VARCHAR(10) PRIMARY KEY, n INT, b VARCHAR(10) COLLATE utf8mb4_bin, UNIQUE KEY (b));
CREATE TABLE shop.plain (id INT PRIMARY KEY, s VARCHAR(10), l VARCHAR(10) CHARACTER SET latin1, KEY (s), KEY (l), KEY (s(2), id));
INSERT INTO shop.keyed VALUES ('a\t', 1, 'a\t'), ('a', 2, 'a'), ('a b', 3, 'a b'), ('a \t', 4, 'a \t'), ('b', 5, 'b'), ('', 6, ''), ('\t', 7, '\t');
INSERT INTO shop.plain SELECT n, s, s FROM shop.keyed;
CREATE TABLE shop.unpadded (s VARCHAR(10) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY, a VARCHAR(10) COLLATE utf8mb4_0900_as_cs, KEY (a), KEY (a(2)));
INSERT INTO shop.unpadded SELECT s, s FROM shop.keyed;
