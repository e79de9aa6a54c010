//go:build unix && !solaris && !illumos && !aix

package texts

import "syscall"

func makeFIFO(name string) error { return syscall.Mkfifo(name, 0o600) }
