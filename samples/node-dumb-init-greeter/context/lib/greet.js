"use strict";

// "Zoë" and what comes before and after it
exports.greet = (name, { greeting, loud, mark }) => {
  const text = `${greeting}${name}${mark}`;
  return loud ? text.toLocaleUpperCase("en") : text;
};
