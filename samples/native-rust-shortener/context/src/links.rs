use std::collections::BTreeMap;

/// Short names and where they lead: lines as `docs https://example.org/manual`, `#` begins a comment.
pub struct Links(BTreeMap<String, String>);

impl Links {
    pub fn parse(text: &str) -> Self {
        let pairs = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(char::is_whitespace))
            .map(|(name, target)| (name.to_owned(), target.trim().to_owned()));
        Links(pairs.collect())
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn names(&self) -> String {
        self.0.keys().map(|name| format!("/{name}\n")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Links;

    #[test]
    fn comments_lead_nowhere() {
        let links = Links::parse("# a\nb https://example.org/b\n");
        assert_eq!(links.find("#"), None);
        assert_eq!(links.find("b"), Some("https://example.org/b"));
    }
}
