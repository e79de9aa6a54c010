//go:build unix && !aix && !(linux && (amd64 || arm64))

package core

func (s *system) Read(fd int, p []byte) (int, error)  { return sysRead(fd, p) }
func (s *system) Write(fd int, p []byte) (int, error) { return sysWrite(fd, p) }
