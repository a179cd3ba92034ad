package grammar

import (
	"context"
	"testing"

	"github.com/lxdb/lxdb/engine/lex"
)

func TestPlain(t *testing.T) {
	noEscapes, ansi, pipes, high, float := lex.Mode{NoBackslashEscapes: true}, lex.Mode{ANSIQuotes: true}, lex.Mode{PipesAsConcat: true}, lex.Mode{HighNot: true}, lex.Mode{RealAsFloat: true}
	all := lex.Mode{NoBackslashEscapes: true, ANSIQuotes: true, PipesAsConcat: true, HighNot: true, RealAsFloat: true}
	for _, c := range []struct {
		m          lex.Mode
		text, want string
	}{
		{lex.Mode{}, `select 'a\'b' as x, "y" from t`, `select 'a\'b' as x, "y" from t`},
		{lex.Mode{}, "select 1 /* */ from t -- ;\n where a", "select 1 from t where a"},
		{lex.Mode{}, "select /*+ NO_INDEX(t) */ 1 from /*!50001 t */ /*!99999 , u */", "select /*+ NO_INDEX(t) */ 1 from t"},
		{lex.Mode{}, "select /*+ ';' */ 1 /* x */ + 2 from t", "select 1 + 2 from t"},
		{noEscapes, `select 'a\' as x, ' as y */; create user u; /* ' as z`, `select 'a\\' as x, ' as y */; create user u; /* ' as z`},
		{noEscapes, `select 'a\', "b\", N'c\' from t`, `select 'a\\', "b\\", N'c\\' from t`},
		{noEscapes, `select concat('a\', 'b') from t`, "select concat('a\\\\', 'b') AS `concat('a\\', 'b')` from t"},
		{noEscapes, `select a like 'x\%' as v, a not like concat('\', b) as w, a like 'y' escape '|' as u from t`,
			`select a like 'x\\%' ESCAPE '' as v, a not like concat('\\', b) ESCAPE '' as w, a like 'y' escape '|' as u from t`},
		{ansi, `select "n" as "q` + "`" + `q", 'it''s "x"' "a""b" from "base"`, "select `n` as `q``q`, 'it''s \"x\"' `a\"b` from `base`"},
		{ansi, `select "n"+1,2 from t`, "select `n`+1 AS `\"n\"+1`,2 from t"},
		{pipes, `select n||'x' from t`, "select concat(n,'x') AS `n||'x'` from t"},
		{pipes, `select a.n || -a.x || 'z' 'y' as w from t a where a.n || 'x' = '1x' and not (b)||c`,
			"select concat(concat(a.n , -a.x) , 'z' 'y') as w from t a where concat(a.n , 'x') = '1x' and not concat((b),c)"},
		{pipes, `select case when a || b then f(c||d, e) || g else h end || i collate utf8mb4_bin || (select j || k from u) as w from t where a and (x)||y order by z||1 limit 1`,
			"select concat(concat(case when concat(a , b) then concat(f(concat(c,d), e) , g) else h end , i collate utf8mb4_bin) , (select concat(j , k) AS `j || k` from u)) as w from t where a and concat((x),y) order by concat(z,1) limit 1"},
		{pipes, `select a + b||c * d, e ^ f||g as w, d + interval n||1 day as v, _utf8mb4'x'||date '2020-01-01' as u, left(a,1)||mod(b,2)||c mod (d)||e as s from t`,
			"select a + concat(b,c) * d AS `a + b||c * d`, e ^ concat(f,g) as w, d + interval concat(n,1) day as v, concat(_utf8mb4'x',date '2020-01-01') as u, concat(concat(left(a,1),mod(b,2)),c) mod concat((d),e) as s from t"},
		{pipes, `select j->'$.a'||@x||@@version||0x41 as w, row_number() over (order by a||b)||c as v from t`,
			`select concat(concat(concat(j->'$.a',@x),@@version),0x41) as w, concat(row_number() over (order by concat(a,b)),c) as v from t`},
		{high, `select not n between 1 and 2 as v, not 1 + 1, a is not null, a not in (1), not exists (select 1) from t`,
			"select !  n between 1 and 2 as v, !  1 + 1 AS `not 1 + 1`, a is not null, a not in (1), not exists (select 1) from t"},
		{float, `select cast(n as real) as v, t.real from t`, `select cast(n as FLOAT) as v, t.real from t`},
		{all, `select "a" || '\' || not "b", cast(c as real) as r from "t"`, "select concat(concat(`a` , '\\\\') , !  `b`) AS `\"a\" || '\\' || not \"b\"`, cast(c as FLOAT) as r from `t`"},
	} {
		got, ok := Plain(context.Background(), c.text, c.m)
		if got != c.want || !ok {
			t.Errorf("%+v: %s\n got %s (%v)\nwant %s", c.m, c.text, got, ok, c.want)
		}
	}
}

// FuzzPlain: a text that is said to mean the same is the same text under the default mode, too.
func FuzzPlain(f *testing.F) {
	for _, text := range []string{`select n||'x' from t`, `select 'a\' as x, ' as y */; create user u; /* ' as z`, `select not "a"||b from "t" -- x`, `select case when a||b then (c)||d end||e from t`} {
		for bits := range 32 {
			f.Add(text, byte(bits))
		}
	}
	f.Fuzz(func(t *testing.T, text string, bits byte) {
		m := lex.Mode{NoBackslashEscapes: bits&1 > 0, ANSIQuotes: bits&2 > 0, PipesAsConcat: bits&4 > 0, HighNot: bits&8 > 0, RealAsFloat: bits&16 > 0}
		if _, err := Parse(context.Background(), text, m); err != nil {
			return
		}
		plain, ok := Plain(context.Background(), text, m)
		if !ok {
			return
		}
		if again, ok := Plain(context.Background(), plain, lex.Mode{}); !ok || again != plain {
			t.Errorf("%+v: %q\nis %q\nthen %q (%v)", m, text, plain, again, ok)
		}
	})
}
