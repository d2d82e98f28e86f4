package panel

// Text shows Markdown.
type Text struct {
	Markdown string
}

// Type is text.
func (Text) Type() Type { return TextType }

// Data is empty: a text asks nothing.
func (Text) Data() Data { return Data{} }

func (p Text) options() any {
	return struct {
		Content string `json:"content"`
		Mode    string `json:"mode"`
	}{p.Markdown, "markdown"}
}

func (Text) custom() any { return nil }
