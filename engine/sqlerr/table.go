package sqlerr

// MySQL's names of what went wrong, short of their ER_ and _ERROR.
const (
	DatabaseExists                      Code = 1007
	DatabaseDoesNotExist                Code = 1008
	DiskFull                            Code = 1021
	DuplicateKeyWrite                   Code = 1022
	IllegalHA                           Code = 1031
	TooManyConnections                  Code = 1040
	OutOfResources                      Code = 1041
	BadHandshake                        Code = 1043
	DBAccessDenied                      Code = 1044
	AccessDenied                        Code = 1045
	NoDB                                Code = 1046
	UnknownCommand                      Code = 1047
	BadNull                             Code = 1048
	BadDB                               Code = 1049
	TableExists                         Code = 1050
	BadTable                            Code = 1051
	AmbiguousColumn                     Code = 1052
	Shutdown                            Code = 1053
	BadField                            Code = 1054
	WrongFieldWithGroup                 Code = 1055
	WrongGroupField                     Code = 1056
	TooLongIdent                        Code = 1059
	DupFieldName                        Code = 1060
	DupKeyName                          Code = 1061
	DupEntry                            Code = 1062
	WrongFieldSpec                      Code = 1063
	Syntax                              Code = 1064
	TooManyKeys                         Code = 1069
	TooManyKeyParts                     Code = 1070
	TooLongKey                          Code = 1071
	TooBigFieldlength                   Code = 1074
	WrongSubKey                         Code = 1089
	KeyPart0                            Code = 1391
	TooBigSet                           Code = 1097
	TooManyFields                       Code = 1117
	TooBigRowsize                       Code = 1118
	BlobKeyWithoutLength                Code = 1170
	WrongForeignKeyDefinition           Code = 1239
	JSONUsedAsKey                       Code = 3152
	EmptyQuery                          Code = 1065
	NonUniqTable                        Code = 1066
	UpdateTableUsed                     Code = 1093
	BadFulltextColumn                   Code = 1283
	SpatialMustHaveGeomCol              Code = 1687
	InvalidOnUpdate                     Code = 1294
	TableNotLocked                      Code = 1100
	TableNotLockedForWrite              Code = 1099
	BlobsAndNoTerminated                Code = 1084
	UnknownTable                        Code = 1109
	InvalidDefault                      Code = 1067
	MultiplePrimaryKey                  Code = 1068
	KeyColumnDoesNotExist               Code = 1072
	WrongAutoKey                        Code = 1075
	CantRemoveAllFields                 Code = 1090
	CantDropFieldOrKey                  Code = 1091
	NoSuchThread                        Code = 1094
	KillDenied                          Code = 1095
	NoTablesUsed                        Code = 1096
	WrongTableName                      Code = 1103
	UnknownError                        Code = 1105
	FieldSpecifiedTwice                 Code = 1110
	InvalidGroupFuncUse                 Code = 1111
	RecordFileFull                      Code = 1114
	UnknownCharacterSet                 Code = 1115
	WrongValueCount                     Code = 1136
	CantReopenTable                     Code = 1137
	InvalidUseOfNull                    Code = 1138
	MixOfGroupFuncAndFields             Code = 1140
	NonexistingGrant                    Code = 1141
	TableAccessDenied                   Code = 1142
	ColumnAccessDenied                  Code = 1143
	IllegalGrantForTable                Code = 1144
	TooManyTables                       Code = 1116
	NoSuchTable                         Code = 1146
	NonexistingTableGrant               Code = 1147
	PacketTooLarge                      Code = 1153
	PacketsOutOfOrder                   Code = 1156
	NetReadInterrupted                  Code = 1159
	WrongColumnName                     Code = 1166
	PrimaryCantHaveNull                 Code = 1171
	TooManyRows                         Code = 1172
	LockOrActiveTransaction             Code = 1192
	UnknownSystemVariable               Code = 1193
	TransCacheFull                      Code = 1197
	TooManyUserConnections              Code = 1203
	LockWaitTimeout                     Code = 1205
	WrongArguments                      Code = 1210
	IllegalReference                    Code = 1247
	TablenameNotAllowedHere             Code = 1250
	LockDeadlock                        Code = 1213
	CannotAddForeign                    Code = 1215
	WrongUsage                          Code = 1221
	WrongNumberOfColumnsInSelect        Code = 1222
	UserLimitReached                    Code = 1226
	SpecificAccessDenied                Code = 1227
	LocalVariable                       Code = 1228
	GlobalVariable                      Code = 1229
	WrongValueForVar                    Code = 1231
	WrongTypeForVar                     Code = 1232
	NotSupportedYet                     Code = 1235
	LegacySyntaxConverted               Code = 3005
	ExplainNotSupported                 Code = 3012
	IllegalUserVar                      Code = 3061
	FieldInOrderNotSelected             Code = 3065
	AggregateInOrderNotSelected         Code = 3066
	IncorrectGlobalLocalVar             Code = 1238
	OperandColumns                      Code = 1241
	SubqueryNoOneRow                    Code = 1242
	UnknownStmtHandler                  Code = 1243
	NotSupportedAuthMode                Code = 1251
	CollationCharsetMismatch            Code = 1253
	TooBigForUncompress                 Code = 1256
	ZlibDataError                       Code = 1259
	CutValueGroupConcat                 Code = 1260
	WarnTooFewRecords                   Code = 1261
	WarnTooManyRecords                  Code = 1262
	WarnNullToNotNull                   Code = 1263
	WarnDataOutOfRange                  Code = 1264
	DataTruncated                       Code = 1265
	CantAggregate2Collations            Code = 1267
	CantAggregate3Collations            Code = 1270
	CantAggregateNCollations            Code = 1271
	UnknownCollation                    Code = 1273
	DeprecatedSyntax                    Code = 1287
	NonUpdatableTable                   Code = 1288
	WrongFieldTerminators               Code = 1083
	ClientLocalFilesDisabled            Code = 3948
	NonupdateableColumn                 Code = 1348
	ViewCheckFailed                     Code = 1369
	ViewNonUpdatableCheck               Code = 1368
	ViewMultiUpdate                     Code = 1393
	ViewNoInsertFieldList               Code = 1394
	ViewDeleteMergeView                 Code = 1395
	LoadFromFixedSizeRowsToVar          Code = 1409
	ViewPreventUpdate                   Code = 1443
	NoDefaultForViewField               Code = 1423
	NonInsertableTable                  Code = 1471
	FeatureDisabled                     Code = 1289
	OptionPreventsStatement             Code = 1290
	TruncatedWrongValue                 Code = 1292
	UnsupportedPS                       Code = 1295
	UpdateWithoutKeyInSafeMode          Code = 1175
	KeyDoesNotExist                     Code = 1176
	UnknownTimeZone                     Code = 1298
	ReferencedTriggerDoesNotExist       Code = 3011
	InvalidTimestamp                    Code = 1299
	InvalidCharacterString              Code = 1300
	WarnAllowedPacketOverflowed         Code = 1301
	SPDoesNotExist                      Code = 1305
	SPBadStatement                      Code = 1314
	WarnConflictingHint                 Code = 3126
	WarnUnknownBlock                    Code = 3127
	UnresolvedHintName                  Code = 3128
	NotHintUpdatable                    Code = 3637
	CredentialsContradictHistory        Code = 3638
	GeneratedFunctionNotAllowed         Code = 3763
	DefaultFunctionNotAllowed           Code = 3770
	CheckFunctionNotAllowed             Code = 3814
	GeneratedPartNotAllowed             Code = 3102
	GeneratedVariable                   Code = 3765
	DefaultPartNotAllowed               Code = 3769
	DefaultVariable                     Code = 3772
	CheckPartNotAllowed                 Code = 3815
	CheckVariable                       Code = 3816
	CheckAutoIncrement                  Code = 3818
	SPNoRecursiveCreate                 Code = 1303
	SPAlreadyExists                     Code = 1304
	SPLilabelMismatch                   Code = 1308
	SPLabelRedefine                     Code = 1309
	SPLabelMismatch                     Code = 1310
	SPBadReturn                         Code = 1313
	SPWrongNoOfArgs                     Code = 1318
	SPCondMismatch                      Code = 1319
	SPNoReturn                          Code = 1320
	SPNoReturnEnd                       Code = 1321
	SPBadCursorQuery                    Code = 1322
	SPBadCursorSelect                   Code = 1323
	SPUndeclaredVar                     Code = 1327
	SPWrongNoOfFetchArgs                Code = 1328
	SPDupParam                          Code = 1330
	SPDupVar                            Code = 1331
	SPDupCond                           Code = 1332
	SPDupCurs                           Code = 1333
	SPSubselectNYI                      Code = 1335
	StmtNotAllowedInSFOrTrg             Code = 1336
	SPVarcondAfterCurshndlr             Code = 1337
	SPCursorAfterHandler                Code = 1338
	SPCaseNotFound                      Code = 1339
	ViewSelectVariable                  Code = 1351
	SPNoDropSP                          Code = 1357
	TrgCantChangeRow                    Code = 1362
	TrgNoSuchRowInTrg                   Code = 1363
	SPBadSQLState                       Code = 1407
	SPDupHandler                        Code = 1413
	SPNotVarArg                         Code = 1414
	NoTriggersOnSystemSchema            Code = 1465
	AutoincReadFailed                   Code = 1467
	WrongSPVarTypeInLimit               Code = 1691
	SPCantSetAutocommit                 Code = 1445
	SPBadVarShadow                      Code = 1453
	SPNoRecursion                       Code = 1424
	BinlogUnsafeRoutine                 Code = 1418
	DupSignalSet                        Code = 1641
	CondItemTruncated                   Code = 1647
	CondItemTooLong                     Code = 1648
	SignalWarn                          Code = 1642
	SignalNotFound                      Code = 1643
	SignalException                     Code = 1644
	ResignalWithoutActiveHandler        Code = 1645
	SignalBadConditionType              Code = 1646
	TrgOnViewOrTempTable                Code = 1361
	TrgInWrongSchema                    Code = 1435
	TruncateIllegalForeignKey           Code = 1701
	MultiUpdateKeyConflict              Code = 1706
	DAInvalidConditionNumber            Code = 1758
	GetStackedDAWithoutActiveHandler    Code = 1887
	QueryInterrupted                    Code = 1317
	SPCursorMismatch                    Code = 1324
	SPCursorAlreadyOpen                 Code = 1325
	SPCursorNotOpen                     Code = 1326
	SPFetchNoData                       Code = 1329
	ViewNoExplain                       Code = 1345
	WrongObject                         Code = 1347
	ViewSelectTmptable                  Code = 1352
	ViewWrongList                       Code = 1353
	ViewInvalid                         Code = 1356
	TriggerExists                       Code = 1359
	TriggerDoesNotExist                 Code = 1360
	NoDefaultForField                   Code = 1364
	DivisionByZero                      Code = 1365
	TruncatedWrongValueForField         Code = 1366
	IllegalValueForType                 Code = 1367
	ProcAccessDenied                    Code = 1370
	PSManyParam                         Code = 1390
	CannotUser                          Code = 1396
	DataTooLong                         Code = 1406
	CantCreateUserWithGrant             Code = 1410
	WrongValueForType                   Code = 1411
	TableDefChanged                     Code = 1412
	SPNoResultSet                       Code = 1415
	CantCreateGeometryObject            Code = 1416
	StmtHasNoOpenCursor                 Code = 1421
	CommitNotAllowedInRoutine           Code = 1422
	TooBigScale                         Code = 1425
	TooBigPrecision                     Code = 1426
	MBiggerThanD                        Code = 1427
	StackOverrunNeedMore                Code = 1436
	TooBigDisplayWidth                  Code = 1439
	DuplicatedValueInType               Code = 1291
	DatetimeFunctionOverflow            Code = 1441
	CantUpdateUsedTable                 Code = 1442
	PSNoRecursion                       Code = 1444
	NoSuchUser                          Code = 1449
	RowIsReferenced                     Code = 1451
	NoReferencedRow                     Code = 1452
	SPRecursionLimit                    Code = 1456
	MaxPreparedStmtCountReached         Code = 1461
	ViewRecursive                       Code = 1462
	WrongStringLength                   Code = 1470
	PluginIsNotLoaded                   Code = 1524
	WrongValue                          Code = 1525
	EventAlreadyExists                  Code = 1537
	EventDoesNotExist                   Code = 1539
	ForeignKeyOnPartitioned             Code = 1506
	EventIntervalNotPositiveOrTooBig    Code = 1542
	EventEndsBeforeStarts               Code = 1543
	EventExecTimeInThePast              Code = 1544
	EventSameName                       Code = 1551
	DropIndexForeignKey                 Code = 1553
	PartitionFunctionIsNotAllowed       Code = 1564
	CantChangeTxCharacteristics         Code = 1568
	EventRecursionForbidden             Code = 1576
	WrongParamCountToNativeFunction     Code = 1582
	WrongParametersToNativeFunction     Code = 1583
	EventCannotCreateInThePast          Code = 1588
	EventCannotAlterInThePast           Code = 1589
	WarnOptionIgnored                   Code = 1618
	UnknownLocale                       Code = 1649
	DataOutOfRange                      Code = 1690
	UnknownExplainFormat                Code = 1791
	CantExecuteInReadOnlyTransaction    Code = 1792
	NotValidPassword                    Code = 1819
	MustChangePassword                  Code = 1820
	FkDupName                           Code = 1826
	PasswordFormat                      Code = 1827
	ForeignKeyColumnCannotDrop          Code = 1828
	ForeignKeyColumnCannotDropChild     Code = 1829
	ForeignKeyColumnNotNull             Code = 1830
	DupIndex                            Code = 1831
	ForeignKeyColumnCannotChange        Code = 1832
	ForeignKeyColumnCannotChangeChild   Code = 1833
	MalformedPacket                     Code = 1835
	AlterOperationNotSupported          Code = 1845
	AESInvalidIV                        Code = 1882
	ForeignKeyDepthExceeded             Code = 3008
	InvalidArgumentForLogarithm         Code = 3020
	QueryTimeout                        Code = 3024
	DifferentSRIDs                      Code = 3033
	InvalidGISData                      Code = 3037
	GISDataWrongEndianess               Code = 3055
	UserLockWrongName                   Code = 3057
	UserLockDeadlock                    Code = 3058
	IncorrectType                       Code = 3064
	InvalidGeoJSON                      Code = 3072
	UnexpectedGeometryType              Code = 3516
	SRSNotFound                         Code = 3548
	InvalidOptionKey                    Code = 3559
	InvalidOptionValue                  Code = 3560
	LongitudeOutOfRange                 Code = 3616
	LatitudeOutOfRange                  Code = 3617
	NotForGeographicSRS                 Code = 3618
	NonPositiveRadius                   Code = 3706
	SRSNotGeographic                    Code = 3726
	SecondPasswordCannotBeEmpty         Code = 3878
	GeometryInUnknownLengthUnit         Code = 3882
	IncorrectCurrentPassword            Code = 3891
	MissingCurrentPassword              Code = 3892
	CurrentPasswordNotRequired          Code = 3893
	PartialRevokesExist                 Code = 3896
	UnitNotFound                        Code = 3902
	RunHookError                        Code = 3100
	NonDefaultValueForGeneratedColumn   Code = 3105
	GeneratedColumnNonPrior             Code = 3107
	DependentByGeneratedColumn          Code = 3108
	InvalidJSONTextInColumn             Code = 3140
	InvalidJSONText                     Code = 3141
	InvalidJSONPath                     Code = 3143
	InvalidJSONCharset                  Code = 3144
	InvalidTypeForJSON                  Code = 3146
	InvalidCastToJSON                   Code = 3147
	InvalidJSONPathCharset              Code = 3148
	InvalidJSONPathWildcard             Code = 3149
	JSONVacuousPath                     Code = 3153
	BadJSONTableOneOrAll                Code = 3154
	InvalidJSONValueForCast             Code = 3156
	JSONDocumentTooDeep                 Code = 3157
	JSONDocumentNullKey                 Code = 3158
	SecureTransportRequired             Code = 3159
	UserDoesNotExist                    Code = 3162
	InvalidJSONPathArrayCell            Code = 3165
	SessionWasKilled                    Code = 3169
	CapacityExceeded                    Code = 3170
	InvalidBitwiseOperandsSize          Code = 3513
	UnknownAuthorizationID              Code = 3523
	RoleNotGranted                      Code = 3530
	MandatoryRole                       Code = 3628
	UnresolvedTableLock                 Code = 3568
	LockNowait                          Code = 3572
	CTERecursiveRequiresUnion           Code = 3573
	CTERecursiveForbidsAggregation      Code = 3575
	CTERecursiveForbiddenJoinOrder      Code = 3576
	CTERecursiveRequiresSingleReference Code = 3577
	WindowNoSuchWindow                  Code = 3579
	WindowCircularity                   Code = 3580
	WindowNoChildPartitioning           Code = 3581
	WindowNoInheritFrame                Code = 3582
	WindowNoRedefineOrderBy             Code = 3583
	WindowFrameStart                    Code = 3584
	WindowFrameEnd                      Code = 3585
	WindowFrameIllegal                  Code = 3586
	WindowRangeOrderType                Code = 3587
	WindowRangeTemporalType             Code = 3588
	WindowRangeNumericType              Code = 3589
	WindowRangeNotConstant              Code = 3590
	WindowDuplicateName                 Code = 3591
	WindowIllegalOrderBy                Code = 3592
	WindowInvalidUse                    Code = 3593
	WindowInvalidAliasUse               Code = 3594
	WindowNested                        Code = 3595
	WindowRowsInterval                  Code = 3596
	FieldInGrouping                     Code = 3602
	WrongJSONTableValue                 Code = 3666
	MissingJSONTableValue               Code = 3665
	CTEMaxRecursionDepth                Code = 3636
	WrongSRIDForColumn                  Code = 3643
	IllegalArgumentRegexp               Code = 3685
	RegexpIndexOutOfBounds              Code = 3686
	RegexpRuleSyntax                    Code = 3688
	RegexpBadEscape                     Code = 3689
	RegexpUnimplemented                 Code = 3690
	RegexpMismatchedParen               Code = 3691
	RegexpBadInterval                   Code = 3692
	RegexpInvalidBackReference          Code = 3694
	RegexpMissingCloseBracket           Code = 3696
	RegexpInvalidRange                  Code = 3697
	RegexpTimeOut                       Code = 3699
	RegexpPatternTooBig                 Code = 3700
	ForeignKeyCannotDropParent          Code = 3730
	DependentByDefaultGenerated         Code = 3766
	DefaultAsExpression                 Code = 3773
	ForeignKeyIncompatibleColumns       Code = 3780
	CheckConstraintViolated             Code = 3819
	CheckConstraintNotFound             Code = 3821
	DependentByPartitionFunction        Code = 3855
	RegexpInvalidCaptureGroup           Code = 3887
	DependentByCheck                    Code = 3959
	MissingJSONValue                    Code = 3966
	MultipleJSONValues                  Code = 3967
	ForeignKeyWithAtomicCreateSelect    Code = 3978
	InvalidUserAttributeJSON            Code = 3982
	CharacterSetMismatch                Code = 3995
	DynamicPrivilegeNotRegistered       Code = 3929
	ConstraintNotFound                  Code = 3940
	RoleGrantedToItself                 Code = 4027

	// MariaDB's, where MySQL has none.
	SequenceRunOut           Code = 4084
	SequenceInvalidData      Code = 4085
	NotSequence              Code = 4089
	UnknownSequence          Code = 4091
	ClientInteractionTimeout Code = 4031
)

// states is the SQLSTATE of each: drivers and ORMs branch on both.
var states = map[Code]string{
	DatabaseExists:                      "HY000",
	DatabaseDoesNotExist:                "HY000",
	IllegalHA:                           "HY000",
	UpdateWithoutKeyInSafeMode:          "HY000",
	DuplicateKeyWrite:                   "23000",
	TooManyConnections:                  "08004",
	OutOfResources:                      "HY000",
	BadHandshake:                        "08S01",
	DBAccessDenied:                      "42000",
	AccessDenied:                        "28000",
	NoDB:                                "3D000",
	UnknownCommand:                      "08S01",
	BadNull:                             "23000",
	LockOrActiveTransaction:             "HY000",
	InvalidUseOfNull:                    "22004",
	BadDB:                               "42000",
	TableExists:                         "42S01",
	BadTable:                            "42S02",
	AmbiguousColumn:                     "23000",
	Shutdown:                            "08S01",
	BadField:                            "42S22",
	WrongFieldWithGroup:                 "42000",
	WrongGroupField:                     "42000",
	TooLongIdent:                        "42000",
	TooManyKeyParts:                     "42000",
	TooManyKeys:                         "42000",
	DupFieldName:                        "42S21",
	DupKeyName:                          "42000",
	DupEntry:                            "23000",
	Syntax:                              "42000",
	EmptyQuery:                          "42000",
	NonUniqTable:                        "42000",
	UpdateTableUsed:                     "HY000",
	BadFulltextColumn:                   "HY000",
	SpatialMustHaveGeomCol:              "42000",
	InvalidOnUpdate:                     "HY000",
	TableNotLocked:                      "HY000",
	TableNotLockedForWrite:              "HY000",
	BlobsAndNoTerminated:                "42000",
	UnknownTable:                        "42S02",
	InvalidDefault:                      "42000",
	MultiplePrimaryKey:                  "42000",
	KeyColumnDoesNotExist:               "42000",
	WrongAutoKey:                        "42000",
	CantRemoveAllFields:                 "42000",
	CantDropFieldOrKey:                  "42000",
	NoSuchThread:                        "HY000",
	KeyDoesNotExist:                     "42000",
	ReferencedTriggerDoesNotExist:       "HY000",
	KillDenied:                          "HY000",
	NoTablesUsed:                        "HY000",
	WrongTableName:                      "42000",
	WrongColumnName:                     "42000",
	UnknownError:                        "HY000",
	FieldSpecifiedTwice:                 "42000",
	InvalidGroupFuncUse:                 "HY000",
	UnknownCharacterSet:                 "42000",
	WrongValueCount:                     "21S01",
	MixOfGroupFuncAndFields:             "42000",
	NonexistingGrant:                    "42000",
	TableAccessDenied:                   "42000",
	ColumnAccessDenied:                  "42000",
	IllegalGrantForTable:                "42000",
	NoSuchTable:                         "42S02",
	NonexistingTableGrant:               "42000",
	PacketTooLarge:                      "08S01",
	PacketsOutOfOrder:                   "08S01",
	NetReadInterrupted:                  "08S01",
	PrimaryCantHaveNull:                 "42000",
	TooManyRows:                         "42000",
	UnknownSystemVariable:               "HY000",
	TransCacheFull:                      "HY000",
	TooManyUserConnections:              "42000",
	TooManyTables:                       "HY000",
	LockWaitTimeout:                     "HY000",
	WrongArguments:                      "HY000",
	IllegalReference:                    "42S22",
	TablenameNotAllowedHere:             "42000",
	LockDeadlock:                        "40001",
	WrongUsage:                          "HY000",
	WrongNumberOfColumnsInSelect:        "21000",
	UserLimitReached:                    "42000",
	SpecificAccessDenied:                "42000",
	LocalVariable:                       "HY000",
	GlobalVariable:                      "HY000",
	WrongValueForVar:                    "42000",
	WrongTypeForVar:                     "42000",
	NotSupportedYet:                     "42000",
	LegacySyntaxConverted:               "HY000",
	ExplainNotSupported:                 "HY000",
	IllegalUserVar:                      "42000",
	FieldInOrderNotSelected:             "HY000",
	AggregateInOrderNotSelected:         "HY000",
	IncorrectGlobalLocalVar:             "HY000",
	OperandColumns:                      "21000",
	SubqueryNoOneRow:                    "21000",
	UnknownStmtHandler:                  "HY000",
	NotSupportedAuthMode:                "08004",
	CollationCharsetMismatch:            "42000",
	CutValueGroupConcat:                 "HY000",
	WarnDataOutOfRange:                  "22003",
	WarnTooFewRecords:                   "01000",
	WarnTooManyRecords:                  "01000",
	WarnNullToNotNull:                   "22004",
	WrongFieldTerminators:               "42000",
	ClientLocalFilesDisabled:            "42000",
	NonupdateableColumn:                 "HY000",
	ViewCheckFailed:                     "HY000",
	ViewNonUpdatableCheck:               "HY000",
	ViewMultiUpdate:                     "HY000",
	ViewNoInsertFieldList:               "HY000",
	ViewDeleteMergeView:                 "HY000",
	LoadFromFixedSizeRowsToVar:          "HY000",
	ViewPreventUpdate:                   "HY000",
	NoDefaultForViewField:               "HY000",
	NonInsertableTable:                  "HY000",
	DataTruncated:                       "01000",
	CantAggregate2Collations:            "HY000",
	CantAggregate3Collations:            "HY000",
	CantAggregateNCollations:            "HY000",
	UnknownCollation:                    "HY000",
	DeprecatedSyntax:                    "HY000",
	NonUpdatableTable:                   "HY000",
	FeatureDisabled:                     "HY000",
	PartitionFunctionIsNotAllowed:       "HY000",
	OptionPreventsStatement:             "HY000",
	TruncatedWrongValue:                 "22007",
	UnsupportedPS:                       "HY000",
	UnknownTimeZone:                     "HY000",
	InvalidTimestamp:                    "HY000",
	InvalidCharacterString:              "HY000",
	WarnAllowedPacketOverflowed:         "HY000",
	SPDoesNotExist:                      "42000",
	SPBadStatement:                      "0A000",
	GeneratedFunctionNotAllowed:         "HY000",
	DefaultFunctionNotAllowed:           "HY000",
	CheckFunctionNotAllowed:             "HY000",
	GeneratedPartNotAllowed:             "HY000",
	GeneratedVariable:                   "HY000",
	DefaultPartNotAllowed:               "HY000",
	DefaultVariable:                     "HY000",
	CheckPartNotAllowed:                 "HY000",
	CheckVariable:                       "HY000",
	CheckAutoIncrement:                  "HY000",
	SPNoRecursiveCreate:                 "2F003",
	SPAlreadyExists:                     "42000",
	SPLilabelMismatch:                   "42000",
	SPLabelRedefine:                     "42000",
	SPLabelMismatch:                     "42000",
	SPBadReturn:                         "42000",
	SPWrongNoOfArgs:                     "42000",
	SPCondMismatch:                      "42000",
	SPNoReturn:                          "42000",
	SPNoReturnEnd:                       "2F005",
	SPBadCursorQuery:                    "42000",
	SPBadCursorSelect:                   "42000",
	SPUndeclaredVar:                     "42000",
	SPWrongNoOfFetchArgs:                "HY000",
	SPDupParam:                          "42000",
	SPDupVar:                            "42000",
	SPDupCond:                           "42000",
	SPDupCurs:                           "42000",
	SPSubselectNYI:                      "0A000",
	StmtNotAllowedInSFOrTrg:             "0A000",
	SPVarcondAfterCurshndlr:             "42000",
	SPCursorAfterHandler:                "42000",
	SPCaseNotFound:                      "20000",
	ViewSelectVariable:                  "HY000",
	SPNoDropSP:                          "HY000",
	TrgCantChangeRow:                    "HY000",
	TrgNoSuchRowInTrg:                   "HY000",
	SPBadSQLState:                       "42000",
	SPDupHandler:                        "42000",
	SPNotVarArg:                         "42000",
	NoTriggersOnSystemSchema:            "HY000",
	AutoincReadFailed:                   "HY000",
	WrongSPVarTypeInLimit:               "HY000",
	SPCantSetAutocommit:                 "HY000",
	SPBadVarShadow:                      "42000",
	PSNoRecursion:                       "HY000",
	SPNoRecursion:                       "HY000",
	BinlogUnsafeRoutine:                 "HY000",
	DupSignalSet:                        "42000",
	CondItemTruncated:                   "01000",
	CondItemTooLong:                     "22001",
	SignalWarn:                          "01000",
	SignalNotFound:                      "02000",
	SignalException:                     "HY000",
	ResignalWithoutActiveHandler:        "0K000",
	SignalBadConditionType:              "HY000",
	TrgOnViewOrTempTable:                "HY000",
	ViewSelectTmptable:                  "HY000",
	CantReopenTable:                     "HY000",
	CannotAddForeign:                    "HY000",
	TrgInWrongSchema:                    "HY000",
	MultiUpdateKeyConflict:              "HY000",
	DAInvalidConditionNumber:            "35000",
	GetStackedDAWithoutActiveHandler:    "0Z002",
	QueryInterrupted:                    "70100",
	SPCursorMismatch:                    "42000",
	SPCursorAlreadyOpen:                 "24000",
	SPCursorNotOpen:                     "24000",
	SPFetchNoData:                       "02000",
	ViewNoExplain:                       "HY000",
	WrongObject:                         "HY000",
	ViewInvalid:                         "HY000",
	TriggerExists:                       "HY000",
	TriggerDoesNotExist:                 "HY000",
	NoDefaultForField:                   "HY000",
	DivisionByZero:                      "22012",
	TruncatedWrongValueForField:         "HY000",
	IllegalValueForType:                 "22007",
	ProcAccessDenied:                    "42000",
	PSManyParam:                         "HY000",
	CannotUser:                          "HY000",
	DataTooLong:                         "22001",
	CantCreateUserWithGrant:             "42000",
	WrongValueForType:                   "HY000",
	TableDefChanged:                     "HY000",
	SPNoResultSet:                       "0A000",
	CantCreateGeometryObject:            "22003",
	StmtHasNoOpenCursor:                 "HY000",
	CommitNotAllowedInRoutine:           "HY000",
	TooBigScale:                         "42000",
	TooBigPrecision:                     "42000",
	MBiggerThanD:                        "42000",
	StackOverrunNeedMore:                "HY000",
	TooBigDisplayWidth:                  "42000",
	DuplicatedValueInType:               "HY000",
	DatetimeFunctionOverflow:            "22008",
	CantUpdateUsedTable:                 "HY000",
	NoSuchUser:                          "HY000",
	RowIsReferenced:                     "23000",
	NoReferencedRow:                     "23000",
	SPRecursionLimit:                    "HY000",
	MaxPreparedStmtCountReached:         "42000",
	ViewRecursive:                       "HY000",
	ViewWrongList:                       "HY000",
	WrongStringLength:                   "HY000",
	PluginIsNotLoaded:                   "HY000",
	WrongValue:                          "HY000",
	EventAlreadyExists:                  "HY000",
	EventDoesNotExist:                   "HY000",
	ForeignKeyOnPartitioned:             "HY000",
	EventIntervalNotPositiveOrTooBig:    "HY000",
	EventEndsBeforeStarts:               "HY000",
	EventExecTimeInThePast:              "HY000",
	EventSameName:                       "HY000",
	DropIndexForeignKey:                 "HY000",
	CantChangeTxCharacteristics:         "25001",
	EventRecursionForbidden:             "HY000",
	WrongParamCountToNativeFunction:     "42000",
	WrongParametersToNativeFunction:     "42000",
	EventCannotCreateInThePast:          "HY000",
	EventCannotAlterInThePast:           "HY000",
	DataOutOfRange:                      "22003",
	UnknownExplainFormat:                "HY000",
	CantExecuteInReadOnlyTransaction:    "25006",
	NotValidPassword:                    "HY000",
	MustChangePassword:                  "HY000",
	FkDupName:                           "HY000",
	PasswordFormat:                      "HY000",
	WarnConflictingHint:                 "42000",
	WarnUnknownBlock:                    "42000",
	UnresolvedHintName:                  "42000",
	NotHintUpdatable:                    "HY000",
	CredentialsContradictHistory:        "HY000",
	WrongFieldSpec:                      "42000",
	TooLongKey:                          "42000",
	TooBigFieldlength:                   "42000",
	WrongSubKey:                         "HY000",
	KeyPart0:                            "HY000",
	TooBigSet:                           "HY000",
	TooManyFields:                       "HY000",
	TooBigRowsize:                       "42000",
	BlobKeyWithoutLength:                "42000",
	WrongForeignKeyDefinition:           "42000",
	JSONUsedAsKey:                       "42000",
	SecondPasswordCannotBeEmpty:         "HY000",
	IncorrectCurrentPassword:            "HY000",
	MissingCurrentPassword:              "HY000",
	CurrentPasswordNotRequired:          "HY000",
	PartialRevokesExist:                 "HY000",
	ForeignKeyWithAtomicCreateSelect:    "HY000",
	InvalidUserAttributeJSON:            "HY000",
	TruncateIllegalForeignKey:           "42000",
	ForeignKeyColumnCannotDrop:          "HY000",
	ForeignKeyColumnCannotDropChild:     "HY000",
	ForeignKeyColumnNotNull:             "HY000",
	ForeignKeyColumnCannotChange:        "HY000",
	ForeignKeyColumnCannotChangeChild:   "HY000",
	GeneratedColumnNonPrior:             "HY000",
	DupIndex:                            "HY000",
	MalformedPacket:                     "HY000",
	AlterOperationNotSupported:          "0A000",
	InvalidArgumentForLogarithm:         "2201E",
	QueryTimeout:                        "HY000",
	DiskFull:                            "HY000",
	RecordFileFull:                      "HY000",
	DifferentSRIDs:                      "HY000",
	InvalidGISData:                      "22023",
	GISDataWrongEndianess:               "22023",
	UserLockWrongName:                   "42000",
	UserLockDeadlock:                    "HY000",
	IncorrectType:                       "HY000",
	RunHookError:                        "HY000",
	ForeignKeyDepthExceeded:             "HY000",
	NonDefaultValueForGeneratedColumn:   "HY000",
	DependentByGeneratedColumn:          "HY000",
	InvalidJSONTextInColumn:             "22032",
	InvalidJSONText:                     "22032",
	InvalidJSONPath:                     "42000",
	InvalidJSONCharset:                  "22032",
	InvalidTypeForJSON:                  "22032",
	InvalidCastToJSON:                   "22032",
	InvalidJSONPathCharset:              "42000",
	InvalidJSONPathWildcard:             "42000",
	JSONVacuousPath:                     "42000",
	BadJSONTableOneOrAll:                "42000",
	InvalidJSONValueForCast:             "22018",
	MissingJSONValue:                    "22035",
	InvalidGeoJSON:                      "HY000",
	UnexpectedGeometryType:              "22S01",
	SRSNotFound:                         "SR001",
	InvalidOptionKey:                    "22023",
	InvalidOptionValue:                  "22023",
	LongitudeOutOfRange:                 "22S02",
	LatitudeOutOfRange:                  "22S03",
	NotForGeographicSRS:                 "22S00",
	NonPositiveRadius:                   "22003",
	SRSNotGeographic:                    "22S00",
	GeometryInUnknownLengthUnit:         "SU001",
	UnitNotFound:                        "SU001",
	MultipleJSONValues:                  "22034",
	JSONDocumentTooDeep:                 "22032",
	JSONDocumentNullKey:                 "22032",
	SecureTransportRequired:             "HY000",
	UserDoesNotExist:                    "HY000",
	InvalidJSONPathArrayCell:            "42000",
	SessionWasKilled:                    "HY000",
	CapacityExceeded:                    "HY000",
	InvalidBitwiseOperandsSize:          "HY000",
	UnknownAuthorizationID:              "HY000",
	RoleNotGranted:                      "HY000",
	MandatoryRole:                       "HY000",
	UnresolvedTableLock:                 "HY000",
	LockNowait:                          "HY000",
	DynamicPrivilegeNotRegistered:       "HY000",
	RoleGrantedToItself:                 "HY000",
	SequenceRunOut:                      "HY000",
	SequenceInvalidData:                 "HY000",
	NotSequence:                         "42S02",
	UnknownSequence:                     "42S02",
	CTERecursiveRequiresUnion:           "HY000",
	CTERecursiveForbidsAggregation:      "HY000",
	CTERecursiveForbiddenJoinOrder:      "HY000",
	CTERecursiveRequiresSingleReference: "HY000",
	WindowNoSuchWindow:                  "HY000",
	WindowCircularity:                   "HY000",
	WindowNoChildPartitioning:           "HY000",
	WindowNoInheritFrame:                "HY000",
	WindowNoRedefineOrderBy:             "HY000",
	WindowFrameStart:                    "HY000",
	WindowFrameEnd:                      "HY000",
	WindowFrameIllegal:                  "HY000",
	WindowRangeOrderType:                "HY000",
	WindowRangeTemporalType:             "HY000",
	WindowRangeNumericType:              "HY000",
	WindowRangeNotConstant:              "HY000",
	WindowDuplicateName:                 "HY000",
	WindowIllegalOrderBy:                "HY000",
	WindowInvalidUse:                    "HY000",
	WindowInvalidAliasUse:               "HY000",
	WindowNested:                        "HY000",
	WindowRowsInterval:                  "HY000",
	FieldInGrouping:                     "HY000",
	WrongJSONTableValue:                 "2203F",
	MissingJSONTableValue:               "22035",
	CTEMaxRecursionDepth:                "HY000",
	WrongSRIDForColumn:                  "HY000",
	IllegalArgumentRegexp:               "HY000",
	RegexpTimeOut:                       "HY000",
	ForeignKeyCannotDropParent:          "HY000",
	DependentByDefaultGenerated:         "HY000",
	CheckConstraintViolated:             "HY000",
	CheckConstraintNotFound:             "HY000",
	ConstraintNotFound:                  "HY000",
	DefaultAsExpression:                 "HY000",
	ForeignKeyIncompatibleColumns:       "HY000",
	DependentByCheck:                    "HY000",
	DependentByPartitionFunction:        "HY000",
	ClientInteractionTimeout:            "HY000",
	TooBigForUncompress:                 "HY000",
	ZlibDataError:                       "HY000",
	WarnOptionIgnored:                   "HY000",
	UnknownLocale:                       "HY000",
	AESInvalidIV:                        "HY000",
	RegexpIndexOutOfBounds:              "HY000",
	RegexpRuleSyntax:                    "HY000",
	RegexpBadEscape:                     "HY000",
	RegexpUnimplemented:                 "HY000",
	RegexpMismatchedParen:               "HY000",
	RegexpBadInterval:                   "HY000",
	RegexpInvalidBackReference:          "HY000",
	RegexpMissingCloseBracket:           "HY000",
	RegexpInvalidRange:                  "HY000",
	RegexpPatternTooBig:                 "HY000",
	RegexpInvalidCaptureGroup:           "HY000",
	CharacterSetMismatch:                "HY000",
}
