package browser

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// Message is something that a page complained of.
type Message struct {
	// Level is "error" or "warning".
	Level string
	// Text is the message, and where it comes from if that is known.
	Text string
}

// Request is one thing that a page asked for.
type Request struct {
	// Method and URL are what was asked; a WebSocket's method is GET.
	Method, URL string
	// Status is the answer's status of HTTP; 0 while there is none.
	Status int
	// Failed says why there was no answer, such as net::ERR_NAME_NOT_RESOLVED or that a policy of the page forbids it; else it is empty.
	Failed string

	id network.RequestID
}

// notes is what happened in a page since it was opened. Its methods are quick, because chromedp calls take while it reads from the browser.
type notes struct {
	mu       sync.Mutex
	messages []Message
	requests []Request
}

// Console lists the errors and warnings since the page was opened: what its scripts wrote, what they threw and nobody caught, and what the
// browser itself holds against the page, such as a violated policy or something not found.
func (p *Page) Console() []Message {
	p.notes.mu.Lock()
	defer p.notes.mu.Unlock()
	return slices.Clone(p.notes.messages)
}

// Requests lists everything that the page has asked for since it was opened, in that order, each redirection as a request of its own.
func (p *Page) Requests() []Request {
	p.notes.mu.Lock()
	defer p.notes.mu.Unlock()
	return slices.Clone(p.notes.requests)
}

// take notes one event of the browser.
func (n *notes) take(event any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		n.called(e)
	case *runtime.EventExceptionThrown:
		n.thrown(e.ExceptionDetails)
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			n.messages = append(n.messages, Message{Level: string(e.Entry.Level), Text: placed(e.Entry.Text, e.Entry.URL, e.Entry.LineNumber)})
		}
	case *network.EventRequestWillBeSent:
		if e.RedirectResponse != nil {
			n.answered(e.RequestID, int(e.RedirectResponse.Status))
		}
		n.requests = append(n.requests, Request{Method: e.Request.Method, URL: e.Request.URL + e.Request.URLFragment, id: e.RequestID})
	case *network.EventWebSocketCreated:
		n.requests = append(n.requests, Request{Method: "GET", URL: e.URL, id: e.RequestID})
	case *network.EventWebSocketHandshakeResponseReceived:
		n.answered(e.RequestID, int(e.Response.Status))
	case *network.EventResponseReceived:
		n.answered(e.RequestID, int(e.Response.Status))
	case *network.EventLoadingFailed:
		n.failed(e)
	}
}

func (n *notes) called(e *runtime.EventConsoleAPICalled) {
	level := ""
	switch e.Type {
	case runtime.ConsoleAPICalledTypeError, runtime.ConsoleAPICalledTypeAssert:
		level = "error"
	case runtime.ConsoleAPICalledTypeWarning:
		level = "warning"
	default:
		return
	}
	words := make([]string, len(e.Args))
	for i, a := range e.Args {
		words[i] = spelled(a)
	}
	n.messages = append(n.messages, Message{Level: level, Text: strings.Join(words, " ")})
}

// spelled is a value as a console would show it.
func spelled(o *runtime.RemoteObject) string {
	switch {
	case o.Description != "":
		return o.Description
	case o.UnserializableValue != "":
		return string(o.UnserializableValue)
	case len(o.Value) > 0:
		return strings.Trim(string(o.Value), `"`)
	}
	return string(o.Type)
}

func (n *notes) thrown(d *runtime.ExceptionDetails) {
	text := d.Text
	if d.Exception != nil {
		text += " " + spelled(d.Exception)
	}
	n.messages = append(n.messages, Message{Level: "error", Text: placed(text, d.URL, d.LineNumber)})
}

// placed adds where a message comes from; lines are counted from 0.
func placed(text, url string, line int64) string {
	if url == "" {
		return text
	}
	return fmt.Sprintf("%s (%s:%d)", text, url, line+1)
}

// answered notes the status of the request that was sent last under this id: a redirection keeps the id.
func (n *notes) answered(id network.RequestID, status int) {
	if r := n.last(id); r != nil {
		r.Status = status
	}
}

func (n *notes) failed(e *network.EventLoadingFailed) {
	r := n.last(e.RequestID)
	if r == nil {
		return
	}
	r.Failed = e.ErrorText
	if e.BlockedReason != "" {
		r.Failed = strings.TrimSpace(r.Failed + " " + string(e.BlockedReason))
	}
}

func (n *notes) last(id network.RequestID) *Request {
	for i := len(n.requests) - 1; i >= 0; i-- {
		if n.requests[i].id == id {
			return &n.requests[i]
		}
	}
	return nil
}
