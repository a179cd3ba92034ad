-- The world data set: codes of ISO 3166, 4217, 639 and 15924, and the places of
-- the tz database. README.md names the sources. Load in this order.

CREATE TABLE country (
  alpha2        CHAR(2)      NOT NULL,
  alpha3        CHAR(3)      NOT NULL,
  num           CHAR(3)      NOT NULL,
  name          VARCHAR(80)  NOT NULL,
  official_name VARCHAR(120),
  common_name   VARCHAR(80),
  flag          VARCHAR(8)   NOT NULL,
  PRIMARY KEY (alpha2),
  UNIQUE INDEX country_alpha3 (alpha3),
  UNIQUE INDEX country_num (num),
  INDEX country_name (name)
);

CREATE TABLE subdivision (
  code    VARCHAR(6)  NOT NULL,
  country CHAR(2)     NOT NULL,
  name    VARCHAR(80) NOT NULL,
  type    VARCHAR(60) NOT NULL,
  parent  VARCHAR(6),
  PRIMARY KEY (code),
  INDEX subdivision_country (country, type),
  INDEX subdivision_name (name),
  INDEX subdivision_parent (parent),
  CONSTRAINT subdivision_of_country FOREIGN KEY (country) REFERENCES country (alpha2),
  CONSTRAINT subdivision_of_parent FOREIGN KEY (parent) REFERENCES subdivision (code)
);

CREATE TABLE currency (
  alpha3 CHAR(3)     NOT NULL,
  num    CHAR(3)     NOT NULL,
  name   VARCHAR(80) NOT NULL,
  PRIMARY KEY (alpha3),
  UNIQUE INDEX currency_num (num),
  INDEX currency_name (name)
);

CREATE TABLE language (
  alpha3        CHAR(3)     NOT NULL,
  alpha2        CHAR(2),
  bibliographic CHAR(3),
  name          VARCHAR(80) NOT NULL,
  inverted_name VARCHAR(80),
  scope         CHAR(1)     NOT NULL,
  type          CHAR(1)     NOT NULL,
  PRIMARY KEY (alpha3),
  UNIQUE INDEX language_alpha2 (alpha2),
  UNIQUE INDEX language_bibliographic (bibliographic),
  INDEX language_name (name),
  INDEX language_type (type, scope)
);

CREATE TABLE script (
  alpha4 CHAR(4)     NOT NULL,
  num    CHAR(3)     NOT NULL,
  name   VARCHAR(80) NOT NULL,
  PRIMARY KEY (alpha4),
  UNIQUE INDEX script_num (num)
);

CREATE TABLE timezone (
  name      VARCHAR(40)   NOT NULL,
  country   CHAR(2)       NOT NULL,
  latitude  DECIMAL(9, 6) NOT NULL,
  longitude DECIMAL(9, 6) NOT NULL,
  comment   VARCHAR(80),
  PRIMARY KEY (name),
  INDEX timezone_country (country),
  CONSTRAINT timezone_of_country FOREIGN KEY (country) REFERENCES country (alpha2)
);
