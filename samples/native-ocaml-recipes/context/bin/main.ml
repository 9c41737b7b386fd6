open Recipes

let respond channel status body =
  Printf.fprintf channel
    "HTTP/1.1 %s\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
    status
    (String.length body + 1)
    (body ^ "\n");
  flush channel

let answer book line channel =
  match String.split_on_char ' ' (String.trim line) with
  | [ "GET"; "/"; _ ] -> respond channel "200 OK" (Book.index book)
  | [ "GET"; path; _ ] -> (
      match Book.find book (String.sub path 1 (String.length path - 1)) with
      | Some recipe -> respond channel "200 OK" (Book.page recipe)
      | None -> respond channel "404 Not Found" "no such recipe")
  | _ -> respond channel "400 Bad Request" "only GET"

let rec skip_headers channel = if String.trim (input_line channel) <> "" then skip_headers channel

let serve book socket =
  while true do
    let client, _ = Unix.accept socket in
    let input = Unix.in_channel_of_descr client and output = Unix.out_channel_of_descr client in
    (try
       let line = input_line input in
       skip_headers input;
       answer book line output
     with End_of_file | Sys_error _ -> ());
    close_out_noerr output
  done

let () =
  Sys.set_signal Sys.sigterm (Sys.Signal_handle (fun _ -> exit 0));
  Sys.set_signal Sys.sigpipe Sys.Signal_ignore;
  let book = Book.load Sys.argv.(1) in
  let socket = Unix.socket Unix.PF_INET Unix.SOCK_STREAM 0 in
  Unix.setsockopt socket Unix.SO_REUSEADDR true;
  Unix.bind socket (Unix.ADDR_INET (Unix.inet_addr_any, 20611));
  Unix.listen socket 16;
  Printf.printf "%d recipes\n%!" (List.length book);
  serve book socket
