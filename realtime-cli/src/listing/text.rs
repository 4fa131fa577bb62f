/// Columns beyond which a description gets a line of its own.
const WIDE: usize = 100;

/// Lines of a listing.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn line(&mut self, indent: usize, line: &str) {
        let line = format!("{:indent$}{line}", "");
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// An empty line, unless there is one.
    pub(super) fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    /// A line with the first sentence of a description behind it, or below it.
    pub(super) fn described(&mut self, indent: usize, line: &str, description: Option<&str>) {
        let description = description
            .and_then(|text| text.lines().next())
            .unwrap_or_default();
        if description.is_empty() {
            self.line(indent, line);
        } else if indent + line.chars().count() + description.chars().count() < WIDE {
            self.line(indent, &format!("{line}  -- {description}"));
        } else {
            self.line(indent, line);
            self.line(indent + 2, &format!("-- {description}"));
        }
    }

    pub(super) fn prose(&mut self, indent: usize, text: Option<&str>) {
        for line in text.unwrap_or_default().lines() {
            self.line(indent, line);
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}
