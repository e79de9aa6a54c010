// Package record knows where the records of TLS end, and nothing of what is in them.
package record

// header is how long the header of a record is; its last two bytes are the length of the rest.
const header = 5

// A Meter follows a stream of records. The zero value is at its beginning.
type Meter struct{ got, size int }

// Pass tells it the next bytes of the stream.
func (m *Meter) Pass(p []byte) {
	for len(p) > 0 {
		n := 1
		if m.got < header {
			m.size = m.size<<8&0xffff | int(p[0])
		} else {
			n = min(len(p), header+m.size-m.got)
		}
		p = p[n:]
		if m.got += n; m.got >= header && m.got == header+m.size {
			m.got = 0
		}
	}
}

// Begun returns how many bytes have passed of a record that has not ended.
func (m *Meter) Begun() int { return m.got }
