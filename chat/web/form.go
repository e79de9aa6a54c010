package web

import (
	"mime"
	"net/http"
	"net/url"
	"strings"
)

// The limits of a form.
const (
	MaxForm   = 64 << 10 // bytes of the body with the form
	MaxValues = 1000
)

// Body returns the body of a POST. It is valid until the request is answered.
func (x *Exchange) Body() []byte { return x.body }

// Form returns the values of the query, and after them those of the form in a POST. If the form is
// malformed, Form answers with a refusal, and ok is false.
func (x *Exchange) Form() (form url.Values, ok bool) {
	form, r := x.form()
	if r != nil {
		x.Refuse(r)
	}
	return form, r == nil
}

func (x *Exchange) form() (url.Values, *Refusal) {
	encoded := x.RawQuery
	if x.Method == "POST" {
		kind, _, err := mime.ParseMediaType(x.field("content-type"))
		switch {
		case err != nil || kind != "application/x-www-form-urlencoded":
			return nil, Refuse(http.StatusUnsupportedMediaType,
				"The body is not a form of the type application/x-www-form-urlencoded.")
		case len(x.body) > MaxForm:
			return nil, Refuse(http.StatusRequestEntityTooLarge, "The form is longer than 64 KiB.")
		}
		if encoded != "" {
			encoded += "&"
		}
		encoded += string(x.body)
	}
	if strings.Count(encoded, "&") >= MaxValues {
		return nil, Refuse(http.StatusRequestEntityTooLarge, "The form has more than 1000 values.")
	}
	form, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, Refuse(http.StatusBadRequest, "The form is malformed.")
	}
	return form, nil
}
