// Several photos: a strip of small pictures, each with its verdict; the one that is chosen is shown large.

const HEIGHT = 72; // pixels of a small picture

export class Strip {
  /**
   * @param {HTMLElement} list Where the pictures are put.
   * @param {(file: File) => void} onChoice Called with the photo that the user chose.
   */
  constructor(list, onChoice) {
    this.list = list;
    this.onChoice = onChoice;
    this.buttons = new Map();
  }

  /** Shows photos that have no verdict yet. One photo alone needs no strip. */
  show(files) {
    this.buttons.clear();
    this.list.replaceChildren(...files.map((file) => this.#item(file)));
    this.list.hidden = files.length < 2;
  }

  /** Marks the photo that is shown large. */
  choose(file) {
    for (const [other, { button }] of this.buttons) button.setAttribute("aria-current", String(other === file));
  }

  /** Puts a photo's picture and its verdict, in a word, into the strip. */
  tell(file, state, words, picture) {
    const entry = this.buttons.get(file);
    if (!entry) return; // other photos were opened meanwhile
    const { button, canvas, label } = entry;
    button.dataset.state = state;
    label.textContent = words;
    if (!picture) return;
    canvas.height = HEIGHT;
    canvas.width = Math.max(1, Math.round((HEIGHT * picture.width) / picture.height));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  }

  #item(file) {
    const [item, button, canvas, label] = ["li", "button", "canvas", "span"].map((tag) => document.createElement(tag));
    button.type = "button";
    button.title = file.name;
    canvas.width = canvas.height = HEIGHT;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", file.name);
    label.textContent = "…";
    button.append(canvas, label);
    button.addEventListener("click", () => this.onChoice(file));
    this.buttons.set(file, { button, canvas, label });
    item.append(button);
    return item;
  }
}
