package page

// Page is what a template shows.
type Page struct{ Title string }
