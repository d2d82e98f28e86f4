// Package standalone begins HTML documents that need nothing else: no script, no font, no address. It knows nothing of what stands in them.
package standalone

import (
	"html/template"
	"strings"
)

// Head is all that comes before the body of a document: it is written for every width, in light and dark, and tells no server where its reader came
// from. The title is text and is escaped; the style is CSS of the program's own.
func Head(title, style string) template.HTML { return head(title, style) }

// HeadOfPage is Head for a document that a server shows as well: the browser is told that there is no icon, or it would ask the server for one.
func HeadOfPage(title, style string) template.HTML {
	return head(title, style, `<link rel="icon" href="data:,">`)
}

func head(title, style string, more ...string) template.HTML {
	lines := []string{
		"<!DOCTYPE html>", `<html lang="en">`, "<head>", `<meta charset="utf-8">`, `<meta name="viewport" content="width=device-width, initial-scale=1">`,
		`<meta name="color-scheme" content="light dark">`, `<meta name="referrer" content="no-referrer">`, "<title>" + template.HTMLEscapeString(title) + "</title>",
		"<style>" + style + "</style>",
	}
	return template.HTML(strings.Join(append(append(lines, more...), "</head>"), "\n"))
}
