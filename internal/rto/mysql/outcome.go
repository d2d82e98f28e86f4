package mysql

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"

	driver "github.com/go-sql-driver/mysql"

	"github.com/voipbin/observability/internal/rto"
)

// errMalformed is an answer that makes no sense.
var errMalformed = errors.New("the answer makes no sense")

// errUnfit is a server whose position does not tell of every write.
var errUnfit = errors.New("GTIDs or the binlog are off")

// outcomeOf says how a question ended. What the server wrote is not looked at, but for its number.
func outcomeOf(err error) rto.Outcome {
	var network net.Error
	var said *driver.MySQLError
	switch {
	case err == nil:
		return rto.OK
	case errors.Is(err, errMalformed):
		return rto.Malformed
	case errors.Is(err, errUnfit):
		return rto.Unfit
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist): // a socket that is not there
		return rto.Refused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return rto.TimedOut
	case errors.As(err, &said):
		return outcomeOfNumber(said.Number)
	default:
		return rto.Broken
	}
}

// outcomeOfNumber sorts the server's error numbers (MySQL and MariaDB error reference, the same in both for these).
func outcomeOfNumber(n uint16) rto.Outcome {
	switch n {
	case 1044, 1045, 1142, 1143, 1227, 1370, 1698, 1820, 1862, 3118, 4151, // access, privilege, password expired, account locked
		1290, 1836: // read_only
		return rto.Denied
	case 1040, 1053, 1077, 1079, 1152, 1158, 1159, 1160, 1161, 1203, 1226, 1317, 3169: // too many connections, shutdown, cut, killed
		return rto.Broken
	case 3024, 1969: // the server's own time limit
		return rto.TimedOut
	default:
		return rto.Malformed
	}
}

// keepsConnection tells whether the connection is good after an error: the server answered, and said no.
func keepsConnection(err error) bool {
	var said *driver.MySQLError
	return errors.Is(err, errUnfit) || errors.As(err, &said) && outcomeOfNumber(said.Number) != rto.Broken
}
