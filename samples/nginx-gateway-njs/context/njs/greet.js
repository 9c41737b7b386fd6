function hello(r) {
  r.headersOut["Content-Type"] = "text/plain";
  r.return(200, `hello ${r.args.name || "nobody"}\n`);
}

export default { hello };
