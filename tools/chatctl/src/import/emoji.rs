//! Names of emoji, as Slack and Mattermost write them.

/// The emoji; a name that is none of the common ones stays one, between colons.
pub(super) fn shown(name: &str) -> String {
    let plain = name.split("::").next().unwrap_or(name);
    emojis::get_by_shortcode(plain).map_or_else(|| format!(":{plain}:"), |emoji| emoji.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_shown() {
        assert_eq!(shown("+1"), "👍");
        assert_eq!(shown("wave::skin-tone-3"), "👋");
        assert_eq!(shown("our_logo"), ":our_logo:");
    }
}
