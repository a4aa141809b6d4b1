// Tells the style sheets what they cannot know: how high the bar above the text is, and whether a phone's keyboard is
// open (then nothing may stick to the bottom of the window). When the bar grows or shrinks, what is read stays where it is.

const KEYBOARD_PX = 150;

export function watchScreen(): void {
  const root = document.documentElement;
  const bar = document.getElementById("write-bar");
  if (bar !== null) {
    let height: number | null = null;
    let width = window.innerWidth;
    const measure = () => {
      const now = bar.getBoundingClientRect().height;
      root.style.setProperty("--bar-height", `${Math.round(now)}px`);
      const grown = height === null || width !== window.innerWidth ? 0 : Math.round(now - height);
      height = now;
      width = window.innerWidth;
      if (grown === 0 || window.scrollY === 0) return;
      window.scrollBy({ top: grown, behavior: "instant" });
      if (grown > 0) uncoverCaret(now);
    };
    new ResizeObserver(measure).observe(bar);
    measure();
  }
  const visual = window.visualViewport;
  visual?.addEventListener("resize", () => {
    root.classList.toggle("keyboard-open", window.innerHeight - visual.height > KEYBOARD_PX);
  });
}

/** The tools moved down with the bar: the line that is being written comes out from under them. */
function uncoverCaret(barHeight: number): void {
  const selection = document.getSelection();
  const tools = document.getElementById("toolbar")?.offsetHeight ?? 0;
  if (selection === null || selection.rangeCount === 0 || document.activeElement?.classList.contains("ProseMirror") !== true) return;
  const { top, bottom } = selection.getRangeAt(0).getBoundingClientRect();
  const covered = barHeight + tools - top;
  if (covered > 0 && bottom > 0 && top > 0) window.scrollBy({ top: -covered - 4, behavior: "instant" });
}
