package variable

// works are the variables that change what statements do.
var works = []row{
	{"whether each statement is a transaction of its own", "autocommit"},
	{"isolation of the transactions that begin from now on; READ-UNCOMMITTED reads committed rows only", "transaction_isolation tx_isolation"},
	{"transactions that begin from now on may not write", "transaction_read_only tx_read_only"},
	{"seconds that a statement waits for a row", "innodb_lock_wait_timeout"},
	{"seconds that a statement waits for a table", "lock_wait_timeout"},
	{"seconds after which a connection that asks nothing is closed with error 4031", "wait_timeout"},
	{"what wait_timeout begins with, for clients that say that a person types", "interactive_timeout"},
	{"the same inside a transaction, whose locks others wait for; 0: wait_timeout alone", "idle_transaction_timeout"},
	{"whether foreign keys are checked", "foreign_key_checks"},
	{"see the table of modes", "sql_mode"},
	{"how values of literals are read and results are written", "character_set_client character_set_connection character_set_results"},
	{"the character set of files that LOAD DATA reads; choosing a database sets it", "character_set_database"},
	{"how literals compare", "collation_connection"},
	{"bytes that GROUP_CONCAT returns at most", "group_concat_max_len"},
	{"rows that a SELECT without LIMIT returns at most", "sql_select_limit"},
	{"whether an UPDATE or DELETE without LIMIT ends with error 1175 when its conditions bound no index of the table that changes", "sql_safe_updates"},
	{"whether notes are kept for SHOW WARNINGS", "sql_notes"},
	{"the zone that NOW and its kin show", "time_zone"},
	{"what NOW and its kin, but not SYSDATE, take as the moment, in seconds since 1970; 0 is the clock's", "timestamp"},
	{"the mode of WEEK(date)", "default_week_format"},
	{"the language of DAYNAME, MONTHNAME and DATE_FORMAT: 73 of MySQL's locales", "lc_time_names"},
	{"digits that a quotient has more than its dividend", "div_precision_increment"},
	{"how AES_ENCRYPT and AES_DECRYPT encrypt: aes-128-ecb and the other lengths of the key (192, 256) and modes (cbc, cfb1, cfb8, cfb128, ofb)", "block_encryption_mode"},
	{"how often a procedure may be called inside itself, before error 1456", "max_sp_recursion_depth"},
	{"what LAST_INSERT_ID returns", "last_insert_id"},
	{"whether events run; it is off when the server starts, but for lxdb serve --event-scheduler", "event_scheduler"},
	{"roles that every user has; kept in the database, over restarts", "mandatory_roles"},
	{"whether users log in with all roles that they have, and not with their default roles alone; sessions that chose no roles follow it at once", "activate_all_roles_on_login"},
	{"whether REVOKE on a database takes there what was granted ON *.*; with it % and _ in the names of databases after ON stand for themselves", "partial_revokes"},
	{"what GRANT, REVOKE and DENY mean by ON *.* and ON *: mysql: everything, and the current database; kinetica: each table and view that is there now, and all schemas", "grant_dialect"},
	{"what ALTER is in GRANT, REVOKE, DENY and CHECK beside the word TABLE, VIEW, SEQUENCE or SCHEMA: leanxcale: create, drop, truncate, index and pass on, too; mysql: ALTER TABLE alone, as it is without the word", "alter_keyword_dialect"},
	{"what the session says that it works for, as the number of a ticket, of 256 characters at most: all its records of the audit log have it", "audit_purpose"},
	{"milliseconds after which a SELECT is ended with error 3024; 0: never. The hint MAX_EXECUTION_TIME(n) is for one SELECT", "max_execution_time"},
	{"whether clients may send files of theirs with LOAD DATA LOCAL; off when the server starts", "local_infile"},
	{"steps of a recursive WITH before it is ended with error 3636", "cte_max_recursion_depth"},
	{"bytes that one statement takes before it goes on with temporary files, or ends with error 3170; at most the global value", "max_statement_memory"},
	{"bytes that the statement of a session, its prepared statements and its user variables take together, the same way", "max_session_memory"},
	{"bytes that the rows of a session's temporary tables take before a write ends with error 1114; at most the global value", "max_session_disk"},
	{"bytes that the temporary files of one statement take before it ends with error 1021; at most the global value", "max_statement_disk"},
}

// kept are sent by clients, dumps and frameworks at connection. Whatever value
// they have, the answers of statements stay the same and nobody is promised
// something that does not happen.
var kept = []row{
	{"keys are always checked, which is more than what is asked for", "unique_checks"},
	{"there is no binary log that this would leave the session out of", "sql_log_bin"},
	{"there is no binary log for which a function could be unsafe: who may make functions makes any", "log_bin_trust_function_creators"},
	{"statistics are never older than the statement: nothing is cached", "information_schema_stats_expiry"},
	{"there is no replication; dumps of replicated servers carry it", "gtid_purged"},
	{"a hint about memory that another storage would use; answers do not depend on it", `sort_buffer_size join_buffer_size read_buffer_size
		read_rnd_buffer_size bulk_insert_buffer_size tmp_table_size max_heap_table_size myisam_sort_buffer_size key_buffer_size preload_buffer_size
		big_tables sql_buffer_result range_optimizer_max_mem_size`},
	{"a hint to the optimizer of another server; answers do not depend on it", `optimizer_prune_level optimizer_search_depth eq_range_index_dive_limit
		max_seeks_for_key max_length_for_sort_data`},
	{"a network time limit of the server's own; a stalled client is closed by the listener's limits", "net_read_timeout net_write_timeout net_retry_count"},
	{"tables are locked fairly; there is no low priority", "low_priority_updates"},
	{"what the protocol tells of changes is the same for all; drivers ask for it when they connect", `session_track_schema session_track_state_change
		session_track_system_variables session_track_transaction_info`},
	{"spelling of SHOW CREATE for programs of older releases, of which lxdb has none", "show_old_temporals print_identified_with_as_hex"},
}

// fixed have the value that is true here. SET to the same value is accepted,
// because clients send it.
var fixed = []row{
	{"the address is the listener's: lxdb serve --mysql and its limits", `max_connections max_user_connections max_connect_errors connect_timeout
		thread_cache_size host_cache_size`},
	{"a packet's size is bounded by the listener", "max_allowed_packet net_buffer_length"},
	{"TLS is always required; its certificates and versions belong to the instance", `require_secure_transport ssl_ca ssl_capath ssl_cert ssl_cipher ssl_crl
		ssl_fips_mode ssl_key tls_ciphersuites tls_version admin_ssl_ca admin_ssl_capath admin_ssl_cert admin_ssl_cipher admin_ssl_crl admin_ssl_crlpath
		admin_ssl_key admin_tls_ciphersuites admin_tls_version`},
	{"there is no compression, no other protocol", "protocol_compression_algorithms"},
	{"use REVOKE, or ACCOUNT LOCK, to keep users from writing", "read_only super_read_only offline_mode"},
	{"files of the server are not read or written by statements", `select_into_buffer_size select_into_disk_sync select_into_disk_sync_delay
		character_set_filesystem`},
	{"passwords and accounts have rules of their own: PASSWORD clauses of CREATE USER and lxdb serve", `default_password_lifetime password_history
		password_require_current password_reuse_interval generated_random_password_length validate_password.length validate_password.mixed_case_count
		validate_password.number_count validate_password.special_char_count
		automatic_sp_privileges`},
	{"whoever was granted PROXY on an account is that from his login on, by whatever he proved himself; REVOKE PROXY ends it", `check_proxy_users
		mysql_native_password_proxy_users sha256_password_proxy_users`},
	{"data is not encrypted by clauses of tables", "default_table_encryption table_encryption_privilege_check"},
	{"a third of the machine's memory, for the statements of all sessions; the rest is for the storage's cache and the collector", "max_server_memory"},
	{"there is one storage engine, shown as InnoDB", `default_storage_engine default_tmp_storage_engine internal_tmp_disk_storage_engine internal_tmp_mem_storage_engine
		keep_files_on_create innodb_buffer_pool_size innodb_stats_auto_recalc flush flush_time delay_key_write concurrent_insert
		key_cache_age_threshold key_cache_block_size key_cache_division_limit myisam_data_pointer_size myisam_max_sort_file_size myisam_repair_threads
		myisam_stats_method myisam_use_mmap secondary_engine_cost_threshold use_secondary_engine show_create_table_skip_secondary_engine`},
	{"there is no INSERT DELAYED", "delayed_insert_limit delayed_insert_timeout delayed_queue_size max_delayed_threads max_insert_delayed_threads"},
	{"there is no replication and no binary log", `binlog_checksum binlog_expire_logs_seconds binlog_format binlog_row_image binlog_row_metadata
		enforce_gtid_consistency gtid_executed_compression_period gtid_mode gtid_next immediate_server_version original_server_version log_bin
		max_binlog_size pseudo_slave_mode pseudo_thread_id rbr_exec_mode require_row_format server_id server_uuid`},
	{"there are no logs of statements; the operator's log is that of lxdb serve", `general_log general_log_file log_output log_queries_not_using_indexes log_raw
		log_slow_admin_statements log_slow_extra log_throttle_queries_not_using_indexes long_query_time min_examined_row_limit slow_launch_time
		slow_query_log slow_query_log_file sql_log_off log_error_services log_error_suppression_list log_error_verbosity log_syslog log_syslog_facility
		log_syslog_include_pid log_syslog_tag log_timestamps syseventlog.facility syseventlog.include_pid syseventlog.tag dragnet.log_error_filter_rules`},
	{"a new session runs no statement by itself", "init_connect"},
	{"give character sets and collations to CREATE DATABASE, CREATE TABLE or ALTER", `character_set_server collation_server
		collation_database default_collation_for_utf8mb4`},
	{"SQL's own rules are the same for all sessions", `lc_messages sql_auto_is_null
		explicit_defaults_for_timestamp sql_quote_show_create sql_require_primary_key windowing_use_high_precision updatable_views_with_limit
		max_sort_length max_error_count sql_warnings max_points_in_geometry end_markers_in_json
		avoid_temporal_upgrade old_alter_table new show_create_table_verbosity completion_type auto_increment_increment auto_increment_offset
		rand_seed1 ft_boolean_syntax resultset_metadata strict_mysql_compatibility`},
	{"statements are bounded by the server's own limits", `max_join_size sql_big_selects max_prepared_stmt_count max_write_lock_count
		regexp_buffer_size regexp_stack_limit regexp_time_limit parser_max_mem_size temptable_max_mmap temptable_max_ram temptable_use_mmap
		histogram_generation_max_mem_size`},
	{"a name of the library's that selects other plans; answers must not depend on it", "inmemory_joins disable_merge_join join_complexity_limit show_external_procedures"},
	{"there are no such caches", `query_cache_size query_cache_type schema_definition_cache stored_program_cache stored_program_definition_cache
		table_definition_cache table_open_cache tablespace_definition_cache`},
	{"statements are not traced or profiled; use EXPLAIN", `optimizer_trace optimizer_trace_features optimizer_trace_limit optimizer_trace_max_mem_size
		optimizer_trace_offset debug_sync profiling profiling_history_size`},
	{"there is no replication, and so no transaction identifiers to tell", "session_track_gtids"},
	{"connections have a goroutine each; there is no pool of threads", `thread_pool_high_priority_connection thread_pool_max_active_query_threads
		thread_pool_max_unused_threads thread_pool_prio_kickup_timer thread_pool_stall_limit`},
	{"memory comes from the runtime, not from pools of a transaction", "transaction_prealloc_size"},
}
