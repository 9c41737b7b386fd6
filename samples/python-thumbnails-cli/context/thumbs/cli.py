import subprocess
import tempfile
from pathlib import Path

import click

PAGE = "%!PS\n/DejaVuSans findfont 40 scalefont setfont 50 400 moveto (tea) show showpage\n"


@click.command()
@click.option("--size", default=64)
def main(size: int) -> None:
    """Draw a page with Ghostscript, make it small with ImageMagick and say what came out."""
    with tempfile.TemporaryDirectory() as directory:
        page, small = Path(directory, "page.png"), Path(directory, "small.jpg")
        subprocess.run(["gs", "-q", "-dBATCH", "-dNOPAUSE", "-sDEVICE=png16m", f"-sOutputFile={page}", "-"], input=PAGE.encode(), check=True)
        subprocess.run(["convert", str(page), "-resize", f"{size}x{size}!", "-quality", "80", str(small)], check=True)
        made = subprocess.run(["identify", "-format", "%m %wx%h", str(small)], capture_output=True, text=True, check=True)
        click.echo(made.stdout)
    Path("last-size").write_text(str(size))
