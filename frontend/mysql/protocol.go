package mysql

// Numbers of the MySQL client/server protocol, version 10.

// capability is the set of protocol features that both sides named.
type capability uint32

const (
	capLongPassword     capability = 1 << 0
	capFoundRows        capability = 1 << 1
	capLongFlag         capability = 1 << 2
	capConnectWithDB    capability = 1 << 3
	capLocalFiles       capability = 1 << 7 // LOAD DATA LOCAL: the client sends files of its own
	capProtocol41       capability = 1 << 9
	capInteractive      capability = 1 << 10
	capSSL              capability = 1 << 11
	capTransactions     capability = 1 << 13
	capSecureConnection capability = 1 << 15
	capMultiStatements  capability = 1 << 16
	capMultiResults     capability = 1 << 17
	capPSMultiResults   capability = 1 << 18
	capPluginAuth       capability = 1 << 19
	capConnectAttrs     capability = 1 << 20
	capAuthLenEnc       capability = 1 << 21
	capSessionTrack     capability = 1 << 23 // not offered
	capDeprecateEOF     capability = 1 << 24

	capOffered = capLongPassword | capFoundRows | capLongFlag | capConnectWithDB | capLocalFiles | capProtocol41 | capInteractive |
		capSSL | capTransactions | capSecureConnection | capMultiStatements | capMultiResults | capPSMultiResults |
		capPluginAuth | capConnectAttrs | capAuthLenEnc | capDeprecateEOF
)

func (c capability) has(want capability) bool { return c&want == want }

// First bytes of packets from the server, and of authentication data.
const (
	headerOK       = 0x00
	headerMoreAuth = 0x01
	headerEOF      = 0xfe
	headerSwitch   = 0xfe
	headerErr      = 0xff
	lenencNull     = 0xfb

	sha2FastOK   = 0x03 // caching_sha2_password: the scramble was right
	sha2NeedFull = 0x04 // caching_sha2_password: send the password
)

// Status flags.
const (
	statusInTransaction      = 0x0001
	statusAutocommit         = 0x0002
	statusMoreResults        = 0x0008
	statusNoBackslashEscapes = 0x0200
	statusOutputs            = 0x1000 // MySQL calls it SERVER_PS_OUT_PARAMS
)

// command is the first byte of a client packet.
type command uint8

const (
	comQuit            command = 0x01
	comInitDB          command = 0x02
	comQuery           command = 0x03
	comFieldList       command = 0x04
	comStatistics      command = 0x09
	comProcessInfo     command = 0x0a
	comProcessKill     command = 0x0c
	comDebug           command = 0x0d
	comPing            command = 0x0e
	comChangeUser      command = 0x11
	comStmtPrepare     command = 0x16
	comStmtExecute     command = 0x17
	comStmtSendLong    command = 0x18
	comStmtClose       command = 0x19
	comStmtReset       command = 0x1a
	comSetOption       command = 0x1b
	comStmtFetch       command = 0x1c
	comResetConnection command = 0x1f
)

// wireType is a column or parameter type.
type wireType uint8

const (
	wireDecimal    wireType = 0
	wireTiny       wireType = 1
	wireShort      wireType = 2
	wireLong       wireType = 3
	wireFloat      wireType = 4
	wireDouble     wireType = 5
	wireNull       wireType = 6
	wireTimestamp  wireType = 7
	wireLongLong   wireType = 8
	wireInt24      wireType = 9
	wireDate       wireType = 10
	wireTime       wireType = 11
	wireDateTime   wireType = 12
	wireYear       wireType = 13
	wireVarChar    wireType = 15
	wireBit        wireType = 16
	wireJSON       wireType = 245
	wireNewDecimal wireType = 246
	wireEnum       wireType = 247
	wireSet        wireType = 248
	wireTinyBlob   wireType = 249
	wireMediumBlob wireType = 250
	wireLongBlob   wireType = 251
	wireBlob       wireType = 252
	wireVarString  wireType = 253
	wireString     wireType = 254
	wireGeometry   wireType = 255
)

// Column flags.
const (
	flagNotNull       = 1
	flagPrimaryKey    = 2
	flagUniqueKey     = 4
	flagMultipleKey   = 8
	flagBlob          = 16
	flagUnsigned      = 32
	flagZeroFill      = 64
	flagBinary        = 128
	flagEnum          = 256
	flagAutoIncrement = 512
	flagTimestamp     = 1024
	flagSet           = 2048
)

// Collations by MySQL's number.
const (
	collationUTF8MB4 = 255 // utf8mb4_0900_ai_ci
	collationBinary  = 63
)

const (
	pluginSHA2  = "caching_sha2_password"
	pluginClear = "mysql_clear_password"

	nonceBytes    = 20
	scrambleBytes = 32 // a SHA-256 sum

	protocolVersion = 10
	packetHeader    = 4
	maxFrame        = 1<<24 - 1 // a frame of this length is followed by another one
)
