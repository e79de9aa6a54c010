package simkernel

import (
	"strconv"
	"syscall"
)

// log writes a line of the event log: the time in seconds, what has happened, to which descriptor,
// a number, and the error.
func (k *Kernel) log(what string, fd, n int, err error) {
	if k.Trace == nil {
		return
	}
	var buf [96]byte
	line := k.appendTime(buf[:0])
	line = append(line, ' ')
	line = append(line, what...)
	line = append(line, ' ')
	line = strconv.AppendInt(line, int64(fd), 10)
	line = append(line, ' ')
	line = strconv.AppendInt(line, int64(n), 10)
	if err != nil {
		line = append(line, ' ')
		line = append(line, errorName(err)...)
	}
	k.Trace.Write(append(line, '\n'))
}

// Note writes text as a line to the event log, with the time.
func (k *Kernel) Note(text string) {
	if k.Trace == nil {
		return
	}
	line := append(k.appendTime(nil), ' ')
	line = append(line, text...)
	k.Trace.Write(append(line, '\n'))
}

func (k *Kernel) appendTime(line []byte) []byte {
	t := k.nanos()
	line = strconv.AppendInt(line, t/1e9, 10)
	line = append(line, '.')
	frac := strconv.FormatInt(1e9+t%1e9, 10)
	return append(line, frac[1:]...)
}

// errorName names the errors of the log, which the operating system would in words.
func errorName(err error) string {
	switch err {
	case syscall.EAGAIN:
		return "EAGAIN"
	case syscall.EINTR:
		return "EINTR"
	case syscall.EPIPE:
		return "EPIPE"
	case syscall.ECONNRESET:
		return "ECONNRESET"
	case syscall.EMFILE:
		return "EMFILE"
	}
	return err.Error()
}
