package standalone_test

import (
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/standalone"
)

func TestHead(t *testing.T) {
	t.Parallel()
	head := string(standalone.Head(`</title><script>alert("x")</script>`, "b{color:red}"))
	if strings.Contains(head, "<script") || !strings.Contains(head, "<title>&lt;/title&gt;") {
		t.Errorf("the title is not escaped: %s", head)
	}
	if !strings.HasPrefix(head, "<!DOCTYPE html>\n") || !strings.HasSuffix(head, "<style>b{color:red}</style>\n</head>") {
		t.Errorf("what comes first and last: %s", head)
	}
	if strings.Contains(head, "http:") || strings.Contains(head, "https:") || strings.Contains(head, "src=") {
		t.Errorf("the document asks for something else: %s", head)
	}
}

func TestHeadOfPage(t *testing.T) {
	t.Parallel()
	page := string(standalone.HeadOfPage("A title", "b{color:red}"))
	if want := "<style>b{color:red}</style>\n<link rel=\"icon\" href=\"data:,\">\n</head>"; !strings.HasSuffix(page, want) {
		t.Errorf("want it to end with %q, got %s", want, page)
	}
}
