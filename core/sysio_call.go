//go:build unix && !aix && !(linux && !386 && !s390x)

package core

func (s *system) Read(fd int, p []byte) (int, error)  { return sysRead(fd, p) }
func (s *system) Write(fd int, p []byte) (int, error) { return sysWrite(fd, p) }
