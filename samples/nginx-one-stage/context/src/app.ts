const changes: number[][] = [[1, 2, 3, 4], [2, 1, 4, 3], [2, 4, 1, 3], [4, 2, 3, 1]];

export function row(change: readonly number[]): string {
  return change.map((bell) => `<b>${bell}</b>`).join(" ");
}

document.body.innerHTML = changes.map((change) => `<p>${row(change)}</p>`).join("");
