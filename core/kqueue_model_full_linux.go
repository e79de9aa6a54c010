//go:build kqueuemodel && !kqueuebare

package core

const (
	evUser, noteTrigger = modelUser, modelTrigger
	evExcept, noteOOB   = modelExcept, modelOOB
	hasExcept           = true
)
