(* A recipe is a text file: its first line is the title, the others are steps. *)

type recipe = { slug : string; title : string; steps : string list }

let read_lines path =
  let channel = open_in path in
  let rec go lines =
    match input_line channel with
    | line -> go (line :: lines)
    | exception End_of_file -> close_in channel; List.rev lines
  in
  go []

let load directory =
  Sys.readdir directory |> Array.to_list |> List.sort compare
  |> List.filter (fun name -> Filename.check_suffix name ".txt")
  |> List.filter_map (fun name ->
         match read_lines (Filename.concat directory name) with
         | title :: steps -> Some { slug = Filename.chop_suffix name ".txt"; title; steps }
         | [] -> None)

let find book slug = List.find_opt (fun recipe -> recipe.slug = slug) book

let index book =
  List.map (fun recipe -> Printf.sprintf "/%s  %s" recipe.slug recipe.title) book |> String.concat "\n"

let page recipe =
  let step number text = Printf.sprintf "%d. %s" (number + 1) text in
  String.concat "\n" (recipe.title :: "" :: List.mapi step recipe.steps)
