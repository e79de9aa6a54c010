//go:build unix && !aix && !linux

package sys

import "golang.org/x/sys/unix"

// Read is read(2).
func Read(fd int, p []byte) (int, error) { return count(unix.Read(fd, p)) }

// Write is write(2).
func Write(fd int, p []byte) (int, error) { return count(unix.Write(fd, p)) }

// Writev sends the slices one by one: x/sys has no writev on all of these systems.
func Writev(fd int, v [][]byte) (int, error) {
	total := 0
	for _, p := range v {
		n, err := Write(fd, p)
		total += n
		if n < len(p) {
			if total > 0 {
				err = nil // told by the next call
			}
			return total, err
		}
	}
	return total, nil
}

// count makes no negative count of an error.
func count(n int, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	return n, nil
}
