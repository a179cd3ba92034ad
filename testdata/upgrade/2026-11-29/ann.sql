GRANT readers TO bob WITH ADMIN OPTION;
GRANT readers TO cid;
