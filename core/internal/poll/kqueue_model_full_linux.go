//go:build kqueuemodel && !kqueuebare

package poll

import "github.com/go-asynchat/asynchat/core/internal/poll/kqueuemodel"

const (
	evUser, noteTrigger = kqueuemodel.User, kqueuemodel.Trigger
	evExcept, noteOOB   = kqueuemodel.Except, kqueuemodel.OOB
	hasExcept           = true
)
