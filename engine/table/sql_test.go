package table

import "testing"

func TestSQL(t *testing.T) {
	db := openTestDB(t)
	s := db.session(t)
	s.must("create table t (id int primary key, a varchar(20), b int, unique key ua (a), key kb (b))")
	s.must("insert into t values (1,'x',10),(2,'y',20),(3,'z',20),(4,null,null),(5,null,null)")
	s.wants("select * from t", "[1 x 10] [2 y 20] [3 z 20] [4 <nil> <nil>] [5 <nil> <nil>]")
	s.wants("select id from t where b = 20", "[2] [3]")
	s.wants("select id from t where a = 'y'", "[2]")
	s.wants("select id from t where id in (3,1,9)", "[1] [3]")
	s.wants("select id from t where b is null", "[4] [5]")
	s.wants("select id from t order by id desc limit 2", "[5] [4]")
	s.must("update t set b = b + 1 where b >= 20")
	s.wants("select id,b from t where b = 21", "[2 21] [3 21]")
	s.must("delete from t where a = 'y'")
	s.wants("select count(*) from t", "[4]")
	s.fails("insert into t values (9,'x',1)")
	s.fails("insert into t values (1,'q',1)")
}
