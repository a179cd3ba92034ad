-- What the database of data.tar.gz was made from, as root. The password of NAME is pw-NAME.
CREATE USER ann IDENTIFIED BY 'pw-ann';
CREATE USER bob IDENTIFIED BY 'pw-bob';
CREATE USER cid IDENTIFIED BY 'pw-cid' ACCOUNT LOCK;
GRANT USER ADMIN TO ann WITH GRANT OPTION;
CREATE GROUP staff, clerks;
ALTER GROUP staff ADD GROUP clerks;
ALTER GROUP clerks ADD USER bob;

CREATE DATABASE shop CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci;
CREATE TABLE shop.item (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  code VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci NOT NULL UNIQUE,
  name VARCHAR(100) NOT NULL DEFAULT 'none' COMMENT 'what it is called',
  price DECIMAL(12,3) NOT NULL,
  kind ENUM('new','used','Größe') DEFAULT 'new',
  tags SET('a','b','c'),
  made DATE, at DATETIME(6), seen TIMESTAMP(3) NULL, took TIME, y YEAR,
  f FLOAT, d DOUBLE, b BIT(9), j JSON, raw VARBINARY(30), bigtext LONGTEXT, bin BINARY(3),
  tiny TINYINT, small SMALLINT UNSIGNED, big BIGINT UNSIGNED,
  KEY by_name (name, price), KEY by_day (made)
) COMMENT = 'one of each type';
INSERT INTO shop.item VALUES
 (1,'A-1','Äpfel',12.345,'new','a,c','2026-01-02','2026-01-02 03:04:05.678901','2026-01-02 03:04:05.678','-12:34:56',2026,1.5,-2.25,b'101010101','{"a": [1, 2.5, null, "x"]}',x'00ff10','long text',x'616263',-128,65535,18446744073709551615),
 (2,'B-2','Birnen',-0.001,'Größe','','1000-01-01','9999-12-31 23:59:59',NULL,'838:59:59',1901,0,1e300,b'0','[]',x'',REPEAT('lang ',2000),x'00',127,0,0),
 (7,'C-3','none',0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE shop.sale (
  n BIGINT NOT NULL AUTO_INCREMENT, item INT UNSIGNED NOT NULL, who VARCHAR(30) NOT NULL, amount INT NOT NULL DEFAULT 1,
  total INT GENERATED ALWAYS AS (amount * 10) STORED,
  PRIMARY KEY (n), KEY by_item (item), CONSTRAINT positive CHECK (amount > 0),
  CONSTRAINT sold FOREIGN KEY (item) REFERENCES shop.item (id) ON DELETE CASCADE);
INSERT INTO shop.sale (item, who, amount) VALUES (1,'ann',1),(1,'bob',2),(2,'ann',3);
CREATE TABLE shop.log (id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(50));
ALTER TABLE shop.sale ADD COLUMN note VARCHAR(10) DEFAULT 'old';
INSERT INTO shop.sale (item, who, amount, note) VALUES (7,'cid',4,'new');
CREATE INDEX by_who ON shop.sale (who, amount);
CREATE TABLE shop.nokey (v INT, w VARCHAR(5));
INSERT INTO shop.nokey VALUES (1,'x'),(1,'x'),(2,NULL);
CREATE TABLE shop.gone (id INT PRIMARY KEY);
INSERT INTO shop.gone VALUES (1);
DROP TABLE shop.gone;
CREATE TABLE shop.refilled (id INT PRIMARY KEY);
INSERT INTO shop.refilled VALUES (1);
TRUNCATE TABLE shop.refilled;
INSERT INTO shop.refilled VALUES (2);
CREATE VIEW shop.cheap (id, label) AS SELECT id, name FROM shop.item WHERE price < 1;
CREATE TRIGGER shop.sold_one AFTER INSERT ON shop.sale FOR EACH ROW INSERT INTO shop.log (text) VALUES (CONCAT('sold ', NEW.item));
CREATE PROCEDURE shop.answer(IN x INT) SELECT x + 1 AS answer;

GRANT READ, WRITE ON TABLE shop.sale TO ann WITH GRANT OPTION;
GRANT SELECT ON TABLE shop.log TO ldapGroup:staff;
GRANT READ ON VIEW shop.cheap TO PUBLIC;
GRANT CREATE ON SCHEMA shop TO bob;
GRANT EXECUTE ON PROCEDURE shop.answer TO ann;
