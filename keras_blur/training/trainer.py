"""One training from configuration to run folder."""

import contextlib
import sys
from pathlib import Path

import keras
import numpy as np

from keras_blur import provenance
from keras_blur.callbacks import panels, tensorboard
from keras_blur.callbacks.stop import StopOnNaN
from keras_blur.callbacks.weights import KeptWeights, ValidateKeptWeights
from keras_blur.training import checks, hosts, procedures, state, strategy
from keras_blur.training.compilation import compile_model, make_contract, network_options
from keras_blur.training.config import Config
from keras_blur.training.inputs import load_inputs
from keras_blur.training.log import Epochs, Progress, Record, SaveState
from keras_blur.training.run_folder import RunFolder


def train(
    config: Config,
    run_dir: str | Path,
    data_dir: str | Path | None = None,
    strategy_name: str = "auto",
    resume: bool = False,
    among: hosts.Hosts = hosts.ALONE,
) -> dict:
    """Trains a network as `config` says, and leaves the run in a folder: see `RunFolder`.

    Args:
        config: What the training does.
        run_dir: Made if missing; must not hold another run unless `resume`.
        data_dir: Where data sets are prepared.
        strategy_name: See `strategy.make_scope`.
        resume: Go on after the last finished epoch of the run in `run_dir`, if there is one.
        among: The hosts that train together; each calls this function.

    Returns:
        The log's row of the best epoch.

    Raises:
        BlurError, UsageError: something outside the code is wrong; the message says what to do.
    """
    return Trainer(config, run_dir, data_dir, strategy_name, resume, among).train()


class Trainer:
    """The steps of one training. Args: as `train`."""

    def __init__(self, config, run_dir, data_dir=None, strategy_name="auto", resume=False, among=hosts.ALONE):
        self.config, self.data_dir, self.resume, self.hosts = config, data_dir, resume, among
        self.run = RunFolder(run_dir, config)
        self.scope = strategy.make_scope(strategy_name, config.training.batch_size, among)

    def train(self) -> dict:
        """Runs all steps and returns the log's row of the best epoch."""
        checks.check_config(self.config)
        with strategy.configure(self.config.training):
            self.load_inputs()
            self.check_agreement()
            with self.scope:
                self.compile()
                with self.own_folder():
                    self.restore()
                    if not self.is_finished():
                        self.fit()
                    return self.finish()

    def load_inputs(self) -> None:
        """Checks that the run can begin or go on in its folder, and opens the data sets."""
        with hosts.stop_together(self.hosts):
            if self.hosts.is_writer:
                self.run.check(self.resume)
            self.contract = make_contract(self.config)
            self.inputs = load_inputs(self.config, self.contract, self.data_dir, self.hosts)
            self.record = provenance.collect(training=self.inputs.learnt, validation=[self.inputs.chosen_on])

    def check_agreement(self) -> None:
        """Checks that all hosts do the same."""
        facts = {**self.config.to_dict(), "data sets": self.record["data"], "resume": self.resume}
        hosts.check_agreement(self.hosts, facts)

    def compile(self) -> None:
        """Builds the network with its initial weights, optimizer, losses and metrics."""
        self.model = compile_model(self.config, len(self.inputs.training))
        self.kept = KeptWeights(self.model, self.config.training.wise_ft_alpha)

    @contextlib.contextmanager
    def own_folder(self):
        """Locks the run folder for this training within the context; its writer holds the lock."""
        with contextlib.ExitStack() as owned:
            with hosts.stop_together(self.hosts):
                if self.hosts.is_writer:
                    owned.enter_context(self.run.own(self.resume))
            yield

    def restore(self) -> None:
        """Puts the state of the last finished epoch into the model, if there is one."""
        stored = None
        with hosts.stop_together(self.hosts):
            if self.hosts.is_writer:
                self.record = self.run.continue_record(self.record)
                stored = self.run.read_state()
                if stored:
                    self.run.check_state(stored, self.model)
                    self.run.write_log(stored.progress)
        progress = hosts.share(self.hosts, stored and stored.progress.to_dict())
        self.progress = Progress.from_dict(progress) if progress else Progress()
        if progress:
            own = stored.arrays if stored else {}
            arrays = {
                key: hosts.share_array(self.hosts, own.get(key, np.asarray(variable)))
                for key, variable in state.find_variables(self.model).items()
            }
            state.apply(arrays, self.model)

    def is_finished(self) -> bool:
        """Returns whether no epoch is left."""
        settings = self.config.training
        return len(self.progress.rows) >= settings.epochs or self.progress.is_stale(
            settings.monitor, settings.patience
        )

    def fit(self) -> None:
        """Trains the epochs that are left."""
        settings = self.config.training
        if self.hosts.is_writer:
            self.run.begin(self.record)
        self.model.fit(
            self.inputs.training,
            epochs=settings.epochs,
            shuffle=False,  # the batches are already
            initial_epoch=len(self.progress.rows),
            validation_data=self.inputs.validation,
            validation_freq=settings.validate_every,
            callbacks=self.make_callbacks(),
            verbose=("auto" if sys.stdout.isatty() else 2) if self.hosts.is_writer else 0,
        )

    def make_callbacks(self) -> list[keras.callbacks.Callback]:
        """Returns the callbacks. They are the same on every host, but only the writer writes."""
        settings, is_writer = self.config.training, self.hosts.is_writer
        callbacks = [
            Epochs(self.inputs.training),
            StopOnNaN(),
            ValidateKeptWeights(self.kept),
            Record(self.progress, settings.monitor, settings.patience, self.save_best),
        ]
        log = None
        if is_writer and tensorboard.is_available():
            log = tensorboard.TensorBoardLog(self.run.tensorboard)
            callbacks.append(log)
        if settings.panels_every:
            folder = self.run.panels if is_writer else None
            callbacks.append(
                panels.Panels(folder, self.inputs.validation, settings.panels_every, self.kept, log)
            )
        if is_writer:
            callbacks.append(SaveState(self.save_state))
        return callbacks

    def save_best(self, model: keras.Model) -> None:
        """Saves the network with the kept weights."""
        trained = procedures.unwrap(model)
        # Without its optimizer, which one host of several can't read alone.
        network = keras.Model(trained.input, trained.output, name=trained.name)
        with self.kept.inside(model):
            if self.hosts.is_writer:
                self.run.save_best(network, network_options(self.config), self.contract)

    def save_state(self, model: keras.Model, epoch: int) -> None:
        """Saves what a resumed training needs."""
        self.run.save_state(model, epoch, self.progress)

    def finish(self) -> dict:
        """Draws the curves; returns the log's row of the best epoch."""
        if not self.progress.best_epoch:  # no validation: the last weights are all there is
            self.save_best(self.model)
            self.progress.best_epoch = len(self.progress.rows)
        if self.hosts.is_writer:
            self.run.draw_curves(self.progress)
        return self.progress.rows[self.progress.best_epoch - 1]
