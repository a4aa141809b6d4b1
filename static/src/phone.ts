// Tells the style sheets what they cannot know: how high the bar above the text is, and whether a phone's keyboard is
// open (then nothing may stick to the bottom of the window).

const KEYBOARD_PX = 150;

export function watchScreen(): void {
  const root = document.documentElement;
  const bar = document.getElementById("write-bar");
  if (bar !== null) {
    const measure = () => {
      root.style.setProperty("--bar-height", `${Math.round(bar.getBoundingClientRect().height)}px`);
    };
    new ResizeObserver(measure).observe(bar);
    measure();
  }
  const visual = window.visualViewport;
  visual?.addEventListener("resize", () => {
    root.classList.toggle("keyboard-open", window.innerHeight - visual.height > KEYBOARD_PX);
  });
}
