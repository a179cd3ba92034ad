SELECT code, name, type FROM subdivision WHERE country = 'IS' AND type = 'Region' ORDER BY code
