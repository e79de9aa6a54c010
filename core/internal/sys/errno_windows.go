package sys

import (
	"errors"
	"syscall"

	"golang.org/x/sys/windows"
)

// winsockErrors are the names by which core and its users know the errors of Winsock, whose numbers
// begin at 10000. They are made once: an error that is made of a number for each EAGAIN would be an
// allocation for each.
var winsockErrors = [...]error{
	4:  syscall.EINTR,
	9:  syscall.EBADF,
	13: syscall.EACCES,
	14: syscall.EFAULT,
	22: syscall.EINVAL,
	24: syscall.EMFILE,
	35: syscall.EAGAIN,
	36: syscall.EINPROGRESS,
	37: syscall.EALREADY,
	38: syscall.EBADF, // "not a socket" is what Winsock says of a number that is nothing at all
	39: syscall.EDESTADDRREQ,
	40: syscall.EMSGSIZE,
	41: syscall.EPROTOTYPE,
	42: syscall.ENOPROTOOPT,
	43: syscall.EPROTONOSUPPORT,
	44: syscall.ESOCKTNOSUPPORT,
	45: syscall.EOPNOTSUPP,
	46: syscall.EPFNOSUPPORT,
	47: syscall.EAFNOSUPPORT,
	48: syscall.EADDRINUSE,
	49: syscall.EADDRNOTAVAIL,
	50: syscall.ENETDOWN,
	51: syscall.ENETUNREACH,
	52: syscall.ENETRESET,
	53: syscall.ECONNABORTED,
	54: syscall.ECONNRESET,
	55: syscall.ENOBUFS,
	56: syscall.EISCONN,
	57: syscall.ENOTCONN,
	58: syscall.EPIPE, // the sending direction was ended
	59: syscall.ETOOMANYREFS,
	60: syscall.ETIMEDOUT,
	61: syscall.ECONNREFUSED,
	62: syscall.ELOOP,
	63: syscall.ENAMETOOLONG,
	64: syscall.EHOSTDOWN,
	65: syscall.EHOSTUNREACH,
}

// ErrnoOf returns the error of other systems for a number of Winsock, or the number itself if there
// is none.
func ErrnoOf(e syscall.Errno) error {
	if i := int(e) - 10000; i >= 0 && i < len(winsockErrors) && winsockErrors[i] != nil {
		return winsockErrors[i]
	}
	switch e {
	case 0:
		return syscall.EINVAL // it failed, and did not say why
	case windows.ERROR_INVALID_HANDLE:
		return syscall.EBADF
	case windows.ERROR_NOT_ENOUGH_MEMORY:
		return syscall.ENOMEM
	}
	return e
}

// WinsockError is ErrnoOf for the functions of x/sys.
func WinsockError(err error) error {
	var e syscall.Errno
	if errors.As(err, &e) {
		return ErrnoOf(e)
	}
	return err
}
