//go:build !unix || solaris || illumos || aix

package texts

import "errors"

func makeFIFO(string) error { return errors.ErrUnsupported }
