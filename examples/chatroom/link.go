package main

type link struct{}

func (l *link) greet(*user)             {}
func (l *link) publish(event)           {}
func (l *link) whisper(*event) error    { return nil }
func (l *link) present(string) []string { return nil }
