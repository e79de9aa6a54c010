//go:build unix && !aix && !(linux && !386 && !s390x)

package system

import "github.com/go-asynchat/asynchat/core/internal/sys"

func (s *Kernel) Read(fd int, p []byte) (int, error)  { return sys.Read(fd, p) }
func (s *Kernel) Write(fd int, p []byte) (int, error) { return sys.Write(fd, p) }
