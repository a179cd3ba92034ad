package expr

import (
	"github.com/lxdb/lxdb/engine/sqlerr"
)

// refusedFunctions are those of MySQL that are not there, each with its reason: error 1235.
var refusedFunctions = []Function{
	refused("statement_digest", "the digest is a hash of numbers inside MySQL's parser"),
	refused("statement_digest_text", "the digest is made by MySQL's parser"),
	refused("json_schema_valid", "there are no JSON schemas"),
	refused("json_schema_validation_report", "there are no JSON schemas"),
	refused("gtid_subset", "there is no binary log"),
	refused("gtid_subtract", "there is no binary log"),
	refused("wait_for_executed_gtid_set", "there is no binary log"),
	refused("source_pos_wait", "there is no binary log"),
	refused("master_pos_wait", "there is no binary log"),
	refused("ps_thread_id", "there is no performance schema"),
	refused("ps_current_thread_id", "there is no performance schema"),
	refused("roles_graphml", "it would show all roles to everybody; see SHOW GRANTS"),
	refused("st_buffer", "shapes are not made from shapes"),
	refused("st_buffer_strategy", "shapes are not made from shapes"),
	refused("st_union", "shapes are not made from shapes"),
	refused("st_intersection", "shapes are not made from shapes"),
	refused("st_difference", "shapes are not made from shapes"),
	refused("st_symdifference", "shapes are not made from shapes"),
	refused("st_transform", "there are the reference systems 0 and 4326 alone"),
	refused("st_collect", "use GEOMETRYCOLLECTION() of the geometries"),
}

func refused(name, why string) Function {
	return Function{Name: name, Min: 0, Max: -1, About: "refused (1235): " + why, Build: func(*Builder, []Expr) (Expr, error) {
		return nil, sqlerr.NotSupportedYet.Errorf("This version of lxdb doesn't yet support '%s()'", name).WithHint("%s", why)
	}}
}
