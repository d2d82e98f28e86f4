package browser

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Press presses and lets go a key, which goes to whatever has the focus: a name of KeyboardEvent.key, such as "Tab", "Enter", "Escape",
// "ArrowDown" or "a", after "Shift+", "Control+" or "Alt+" where wanted.
func (p *Page) Press(ctx context.Context, key string) error {
	name := key
	var held []chromedp.Modifier
	for {
		before, after, more := strings.Cut(name, "+")
		m, known := modifier(before)
		if !more || after == "" || !known {
			break
		}
		name, held = after, append(held, m)
	}
	pressed, ok := keyOf(name)
	if !ok {
		return fmt.Errorf("browser: press %q: no such key: say one character, Tab, Enter, Escape, Backspace, Home, End or Arrow and a direction", key)
	}
	_, err := act(ctx, p, chromedp.KeyEvent(pressed, chromedp.KeyModifiers(held...)))
	return told("press "+key, err)
}

// Type types text, one key after the other, into whatever has the focus.
func (p *Page) Type(ctx context.Context, text string) error {
	_, err := act(ctx, p, chromedp.KeyEvent(text))
	return told("type", err) // not what: it may be a password
}

// Click clicks the middle of the first element that a selector of CSS matches, once it can be seen.
func (p *Page) Click(ctx context.Context, selector string) error {
	_, err := act(ctx, p, chromedp.Click(chromedp.CSS(selector)))
	return told("click "+selector, err)
}

func modifier(name string) (chromedp.Modifier, bool) {
	switch name {
	case "Shift":
		return chromedp.ModifierShift, true
	case "Control":
		return chromedp.ModifierCtrl, true
	case "Alt":
		return chromedp.ModifierAlt, true
	}
	return chromedp.ModifierNone, false
}

func keyOf(name string) (string, bool) {
	named := map[string]string{
		"Tab": kb.Tab, "Enter": kb.Enter, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
		"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
		"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	}
	if key, ok := named[name]; ok {
		return key, true
	}
	return name, utf8.RuneCountInString(name) == 1
}
