"""What SQLAlchemy's suite may ask of lxdb. SQLAlchemy's defaults stand where nothing is said here.

OPEN is what it may ask beyond the defaults, CLOSED what it may not although the default says so. A test that
is not run because of either is listed in skips.txt with its reason.
"""

from sqlalchemy.testing import exclusions
from sqlalchemy.testing.requirements import SuiteRequirements

OPEN = """
    autocommit isolation_level get_isolation_level_values skip_autocommit_rollback savepoints
    check_constraint_reflection comment_reflection comment_reflection_full_unicode
    computed_columns computed_columns_virtual computed_columns_stored computed_columns_reflect_persisted
    create_table_as create_or_replace_view table_ddl_if_exists
    schema_create_delete cross_schema_fk_reflection
    views view_reflection view_column_reflection
    foreign_key_constraint_name_reflection foreign_key_constraint_option_reflection_ondelete
    foreign_key_constraint_option_reflection_onupdate fk_constraint_option_reflection_ondelete_noaction
    fk_constraint_option_reflection_ondelete_restrict fk_constraint_option_reflection_onupdate_restrict
    foreign_keys_reflect_as_index unique_constraints_reflect_as_index unique_index_reflect_as_unique_constraints
    indexes_check_column_order reflect_table_options
    ctes fetch_expression fetch_offset_with_options window_functions window_range window_range_numeric
    regexp_match regexp_replace tuple_in tuple_in_w_empty update_from order_by_collation
    supports_bitwise_and supports_bitwise_or supports_bitwise_shift supports_bitwise_xor
    datetime_literals dbapi_lastrowid expression_server_defaults server_defaults
    json_type json_array_indexes legacy_unconditional_json_extract nvarchar_types
    precision_numerics_many_significant_digits precision_numerics_retains_significant_digits
    percent_schema_names unicode_ddl
""".split()

CLOSED = """
    temp_table_reflection temp_table_names temp_table_reflect_indexes temporary_views has_temp_table create_temp_table_as
    datetime_microseconds time_microseconds timestamp_microseconds_implicit_bound
    cast_precision_numerics_many_significant_digits
    sql_expression_limit_offset unbounded_varchar precision_generic_float_type
""".split()


class Requirements(SuiteRequirements):
    def get_order_by_collation(self, config):
        return "utf8mb4_bin"


for name in OPEN:
    setattr(Requirements, name, property(lambda self: exclusions.open()))
for name in CLOSED:
    setattr(Requirements, name, property(lambda self: exclusions.closed()))
