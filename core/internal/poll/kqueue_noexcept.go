//go:build freebsd || netbsd || (linux && kqueuemodel && kqueuebare)

package poll

// These systems have no filter for out-of-band data.
const (
	evExcept  = 0
	noteOOB   = 0
	hasExcept = false
)
